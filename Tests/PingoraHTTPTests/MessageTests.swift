import Testing

@testable import PingoraHTTP

@Suite("StatusCode")
struct StatusCodeTests {
    @Test("has three digits", arguments: [-1, 0, 99, 1000, 65_736])
    func refuses(code: Int) {
        #expect(StatusCode(code) == nil)
    }

    @Test("knows its class", arguments: 100...999)
    func classes(code: Int) throws {
        let status = try #require(StatusCode(code))
        #expect(Int(status.code) == code && "\(status)" == "\(code)")
        #expect(status.isInformational == (code < 200))
        #expect(status.isInterim == (code < 200 && code != 101))
        #expect(status.hasNoBody == (code < 200 || code == 204 || code == 304))
    }

    static let reasons: [(StatusCode, String)] = [
        (.continue_, "Continue"), (.switchingProtocols, "Switching Protocols"), (.ok, "OK"),
        (.badRequest, "Bad Request"), (.uriTooLong, "URI Too Long"),
        (.contentTooLarge, "Content Too Large"), (.badGateway, "Bad Gateway"),
        (.requestHeaderFieldsTooLarge, "Request Header Fields Too Large"),
        (StatusCode(known: 299), ""), (StatusCode(known: 999), ""),
    ]

    @Test("has a customary reason", arguments: reasons)
    func reason(status: StatusCode, reason: String) {
        #expect(status.reason.description == reason)
    }

    @Test("has a reason of visible characters", arguments: 100...999)
    func visible(code: UInt16) {
        let reason = StatusCode(known: code).reason.description
        #expect(reason.utf8.allSatisfy { 0x20..<0x7f ~= $0 })
    }
}

@Suite("Method")
struct MethodTests {
    static let known: [(Method, String, Bool, Bool)] = [
        (.get, "GET", true, true), (.head, "HEAD", true, true), (.options, "OPTIONS", true, true),
        (.trace, "TRACE", true, true), (.put, "PUT", false, true),
        (.delete, "DELETE", false, true), (.post, "POST", false, false),
        (.patch, "PATCH", false, false), (.connect, "CONNECT", false, false),
    ]

    @Test("recognises its name", arguments: known)
    func recognises(method: Method, name: String, isSafe: Bool, isIdempotent: Bool) {
        #expect(Method(name) == method)
        #expect("\(method)" == name)
        #expect(method.isSafe == isSafe && method.isIdempotent == isIdempotent)
        #expect(Method(name.lowercased()) != method)
        #expect(Method(name + "X") != method)
    }

    @Test("keeps other tokens, with their case", arguments: ["get", "PURGE", "M-SEARCH", "x", "!"])
    func others(name: String) throws {
        let method = try #require(Method(name))
        #expect("\(method)" == name)
        #expect(!method.isSafe && !method.isIdempotent)
        #expect(method != Method(name + "2"))
    }

    @Test("is a token", arguments: ["", " ", "GET ", "G T", "G\r\n", "GET/", "G\u{e9}T", "G\0"])
    func refuses(name: String) {
        #expect(Method(name) == nil)
    }

    @Test("versions are ordered")
    func versions() {
        #expect(Version.http10 < .http11)
        #expect("\(Version.http10) \(Version.http11)" == "HTTP/1.0 HTTP/1.1")
    }
}

@Suite("RequestHead")
struct RequestHeadTests {
    static let paths: [(String, String, RequestHead.TargetForm)] = [
        ("/", "/", .origin), ("/a/b", "/a/b", .origin), ("/a?b/c", "/a", .origin),
        ("/?", "/", .origin), ("//a", "//a", .origin), ("/http://b/c", "/http://b/c", .origin),
        ("http://a/b?c", "/b", .absolute), ("http://a", "/", .absolute),
        ("http://a?b", "/", .absolute), ("HTTPS://a:8/b", "/b", .absolute), ("*", "*", .asterisk),
        ("nonsense", "nonsense", .absolute), ("a:b", "a:b", .absolute), ("", "", .absolute),
    ]

    @Test("knows the path of its target", arguments: paths)
    func path(target: String, path: String, form: RequestHead.TargetForm) {
        let head = RequestHead(method: .get, target: target)
        #expect(head.target == target && head.path == path && head.targetForm == form)
        #expect(head.withPath { $0.count } == path.utf8.count)
    }

    @Test("has an authority where it opens a tunnel")
    func authority() {
        #expect(RequestHead(method: .connect, target: "a:443").targetForm == .authority)
    }
}
