import PingoraCore
import PingoraHTTP
import PingoraLB
import Testing

@testable import PingoraGateway

@Suite("StickyCookie")
struct StickyCookieTests {
    private static func cookie(
        _ secret: String = "0123456789abcdef",
        _ change: (inout GatewayConfiguration.Sticky) -> Void = { _ in }
    ) -> StickyCookie {
        var options = GatewayConfiguration.Sticky(
            cookie: "srv", secretFile: "/s", secret: Array(secret.utf8))
        change(&options)
        return StickyCookie(options)
    }

    private static let server = Backend(.ipv4(0x0a00_0001, port: 80))
    private static let other = Backend(.ipv4(0x0a00_0002, port: 80))

    private static func fields(_ cookie: String) -> Fields {
        var fields = Fields()
        fields.append(.cookie, cookie)
        return fields
    }

    /// The first 16 bytes of `printf server:10.0.0.1:80 | openssl dgst -sha256 -hmac KEY`.
    private static let digits = "7ae37ef76fa26279b45b7dfdd446e284"

    @Test("has the value that OpenSSL gives")
    func value() {
        let cookie = Self.cookie()
        let text = cookie.text(for: cookie.tag(of: Self.server))
        #expect(text == "srv=\(Self.digits); Path=/; HttpOnly; SameSite=Lax")
    }

    @Test("says how long it lasts, and where it may be sent")
    func attributes() {
        let cookie = Self.cookie {
            ($0.isSecure, $0.maximumAge) = (true, .seconds(3600))
        }
        let text = cookie.text(for: cookie.tag(of: Self.server))
        #expect(text.hasSuffix("; SameSite=Lax; Secure; Max-Age=3600"))
    }

    @Test("leads back to its server, whoever made it with the secret")
    func wayBack() {
        let text = Self.cookie().text(for: Self.cookie().tag(of: Self.server))
        let pair = String(text.prefix { $0 != ";" })
        let tag = Self.cookie().tag(in: Self.fields("a=b; \(pair); c=d"))
        #expect(tag == Self.cookie().tag(of: Self.server))
        #expect(tag != Self.cookie().tag(of: Self.other))
        #expect(tag != Self.cookie("another secret!!").tag(of: Self.server))
    }

    @Test(
        "takes nothing else for one",
        arguments: [
            "", "srv", "srv=", "srv=1", "srv=\(digits)0", "srv=\(digits.uppercased())",
            "srv=\(digits.dropLast())g", "Srv=\(digits)", "xsrv=\(digits)", "srv =\(digits)",
            "x=srv=\(digits)",
        ])
    func nothing(text: String) {
        #expect(Self.cookie().tag(in: Self.fields(text)) == nil)
    }
}

@Suite("CookieList")
struct CookieListTests {
    @Test(
        "finds the value of a cookie",
        arguments: [
            ("a=1", "a", "1"), ("a=1; b=2", "b", "2"), ("a=1;b=2", "b", "2"), ("b=; a=1", "b", ""),
            ("a=1 ; b=2", "a", "1"), ("a=1; a=2", "a", "1"), ("aa=1; a=2", "a", "2"),
            ("a==1", "a", "=1"), ("a=\"x\"", "a", "\"x\""), ("a", "a", nil), ("", "a", nil),
            ("A=1", "a", nil), ("b=a=1", "a", nil), (";;; a=1", "a", "1"),
        ] as [(String, String, String?)])
    func find(list: String, name: String, expected: String?) {
        let bytes = Array(list.utf8)
        let range = CookieList.value(of: name, in: bytes.span)
        #expect(range.map { String(decoding: bytes[$0], as: UTF8.self) } == expected)
    }
}
