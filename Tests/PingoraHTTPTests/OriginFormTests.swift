import Testing

@testable import PingoraHTTP

@Suite("Origin form")
struct OriginFormTests {
    static let targets: [(Method, String, String)] = [
        (.get, "http://a/b?c", "/b?c"),
        (.get, "https://a:8443/", "/"),
        (.get, "http://a", "/"),
        (.get, "http://a?b=c", "/?b=c"),
        (.get, "/http://a/", "/http://a/"),
        (.get, "//a/b", "//a/b"),
        (.options, "http://a", "*"),
        (.options, "http://a/", "/"),
        (.options, "*", "*"),
        (.connect, "a:443", "a:443"),
    ]

    @Test("is path and query of a target", arguments: targets)
    func converts(method: Method, target: String, expected: String) {
        var head = RequestHead(method: method, target: target)
        head.useOriginForm()
        #expect(head.target == expected)
    }
}
