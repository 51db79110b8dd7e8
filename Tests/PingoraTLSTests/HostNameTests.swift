import Testing

@testable import PingoraTLS

@Suite("HostName")
struct HostNameTests {
    @Test(
        "normalizes names, and refuses what is none",
        arguments: [
            ("Example.COM", "example.com"), ("example.com.", "example.com"), ("a_b.c", "a_b.c"),
            ("*.example.com", "*.example.com"), ("localhost", "localhost"), ("", nil), (".", nil),
            ("a..b", nil), ("*", nil), ("a.*.b", nil), ("a b.c", nil), ("é.fr", nil),
            (String(repeating: "a", count: 63), String(repeating: "a", count: 63)),
            (String(repeating: "a", count: 64), nil),
            (Array(repeating: "abc", count: 64).joined(separator: "."), nil),
        ] as [(String, String?)])
    func normalized(name: String, expected: String?) {
        #expect(HostName.normalized(name) == expected)
    }

    @Test(
        "tells which names a certificate's name covers",
        arguments: [
            ("example.com", "example.com", true), ("*.example.com", "a.example.com", true),
            ("*.example.com", "example.com", false), ("*.example.com", "a.b.example.com", false),
            ("*.example.com", "*.example.com", true), ("*.com", "example.com", false),
            ("*.b.example.com", "*.example.com", false),
        ])
    func covers(pattern: String, name: String, expected: Bool) {
        #expect(HostName.pattern(pattern, covers: name) == expected)
    }

    @Test(
        "replaces underscores in the first label alone, below a domain",
        arguments: [
            ("a_b.example.com", "a-b.example.com"), ("_a_.example.com", "-a-.example.com"),
            ("a.b_c.example.com", nil), ("a_b.com", nil), ("a_b", nil), ("ab.example.com", nil),
        ] as [(String, String?)])
    func underscores(name: String, expected: String?) {
        #expect(HostName.withoutUnderscores(name) == expected)
    }

    @Test(
        "tells addresses from names",
        arguments: [
            ("127.0.0.1", true), ("::1", true), ("a.b", false), ("1.a", false),
            ("1e100.net", false),
        ])
    func address(name: String, expected: Bool) {
        #expect(HostName.isAddress(name) == expected)
    }
}

@Suite("CertificateChoice")
struct CertificateChoiceTests {
    private let choice = CertificateChoice(names: [
        ["default.com"], ["example.com", "*.example.com"], ["api.example.com", "example.com"],
        ["*.b.example.com"],
    ])

    @Test(
        "chooses by name, then by wildcard, then the first",
        arguments: [
            ("example.com", 1), ("EXAMPLE.com.", 1), ("www.example.com", 1),
            ("api.example.com", 2), ("a.b.example.com", 3), ("b.example.com", 1),
            ("x.a.b.example.com", 0), ("other.com", 0), ("default.com", 0), ("", 0),
            ("*.example.com", 1), ("a b", 0),
        ])
    func choose(name: String, index: Int) {
        #expect(choice.index(for: name) == index)
    }
}

@Suite("AcceptedNames")
struct AcceptedNamesTests {
    @Test("verify nothing where they need not")
    func any() throws {
        var options = TLSClientOptions(serverName: nil)
        #expect(throws: TLSError.noServerName) { try AcceptedNames(options) }
        options.verifiesHostName = false
        #expect(try AcceptedNames(options) == .any)
        options.verifiesHostName = true
        options.verifiesCertificate = false
        #expect(try AcceptedNames(options) == .any)
    }

    @Test("are the server's and the alternative, each with hyphens for underscores")
    func hosts() throws {
        var options = TLSClientOptions(serverName: "A_b.example.com")
        options.alternativeName = "c.d_e.example.com"
        #expect(
            try AcceptedNames(options)
                == .hosts(["a_b.example.com", "a-b.example.com", "c.d_e.example.com"]))
        options.serverName = nil
        #expect(try AcceptedNames(options) == .hosts(["c.d_e.example.com"]))
    }

    @Test("are an address alone, or none")
    func address() throws {
        var options = TLSClientOptions(serverName: "127.0.0.1")
        #expect(try AcceptedNames(options) == .address("127.0.0.1"))
        options.alternativeName = "example.com"
        #expect(throws: TLSError.self) { try AcceptedNames(options) }
        options = TLSClientOptions(serverName: "*.example.com")
        #expect(throws: TLSError.self) { try AcceptedNames(options) }
    }
}
