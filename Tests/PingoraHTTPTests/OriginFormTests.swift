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

    @Test(
        "leaves CONNECT its authority, of which only the port is read, and no path",
        arguments: [
            ("a:443", 443), ("[::1]:1", 1), ("a:65535", 65535), ("a:0", 0), ("a:65536", nil),
            ("a:", nil), ("a", nil), ("a:x", nil),
        ] as [(String, UInt16?)])
    func connect(target: String, port: UInt16?) {
        let head = RequestHead(method: .connect, target: target)
        #expect(head.connectPort == port)
        #expect(head.path == "/")
        #expect(head.withPath { $0.count } == 1)
        #expect(RequestHead(method: .get, target: "/a:443").connectPort == nil)
        #expect(RequestHead(method: .get, target: "http://a:443").connectPort == nil)
    }
}
