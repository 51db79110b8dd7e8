import Testing

@testable import PingoraCore
@testable import PingoraLB

@Suite("BackendDocument")
struct BackendDocumentTests {
    private func parse(
        _ text: String, _ addresses: BackendDocument.Addresses = .all
    ) throws(DiscoveryError) -> [Backend] {
        try BackendDocument.parse(Array(text.utf8), addresses)
    }

    @Test("reads addresses and weights, and leaves alone what else there is")
    func reads() throws {
        let backends = try parse(
            #"""
            {"version": 3, "backends": [
                {"address": "127.0.0.1:1"},
                {"zone": {"name": "a"}, "weight": 3, "address": "[::1]:2", "backup": false},
                {"address": "unix:/a", "weight": 0}
            ]}
            """#)
        #expect(backends.map(\.label) == ["127.0.0.1:1", "[::1]:2", "unix:/a"])
        #expect(backends.map(\.weight) == [1, 3, 0])
    }

    @Test("tells backups from others")
    func backups() throws {
        let backends = try parse(
            #"""
            {"backends": [{"address": "127.0.0.1:1", "backup": true}, {"address": "127.0.0.1:2"}]}
            """#)
        #expect(backends.map(\.isBackup) == [true, false])
    }

    @Test("takes an empty list for what it is")
    func empty() throws {
        #expect(try parse(#"{"backends": []}"#) == [])
    }

    private static let address = "expected 1.1.1.1:443, [::1]:443 or unix:/path"

    @Test(
        "says what is wrong of a document",
        arguments: [
            ("", "no JSON: unexpected end at offset 0"),
            ("<html>", "no JSON: expected a value at offset 0"),
            ("[]", "expected an object with backends, got an array"),
            ("null", "expected an object with backends, got null"),
            (#""\u001b[2J""#, #"expected an object with backends, got "\u{1B}[2J""#),
            ("{}", "expected an object with backends"),
            (#"{"Backends": []}"#, "expected an object with backends"),
            (#"{"backends": {}}"#, "backends: expected an array, got an object"),
            (#"{"backends": null}"#, "backends: expected an array, got null"),
            (#"{"backends": [], "backends": []}"#, "no JSON: duplicate name backends at offset 17"),
        ])
    func refusesDocument(_ text: String, _ expected: String) {
        #expect(throws: DiscoveryError(expected)) { try parse(text) }
    }

    @Test(
        "says what is wrong of a backend",
        arguments: [
            (#""127.0.0.1:1""#, ": expected an object, got 127.0.0.1:1"),
            ("[]", ": expected an object, got an array"),
            ("{}", ": expected an address"),
            (#"{"Address": "127.0.0.1:1"}"#, ": expected an address"),
            (#"{"address": 1}"#, ".address: \(address), got 1"),
            (#"{"address": null}"#, ".address: \(address), got null"),
            (#"{"address": ""}"#, #".address: \#(address), got """#),
            (#"{"address": "host:1"}"#, ".address: \(address), got host:1"),
            (#"{"address": "127.0.0.1"}"#, ".address: \(address), got 127.0.0.1"),
            (#"{"address": "127.0.0.1:65536"}"#, ".address: \(address), got 127.0.0.1:65536"),
            (#"{"address": "127.0.0.1\u0000:1"}"#, #".address: \#(address), got "127.0.0.1\0:1""#),
            (#"{"address": "unix:/a\u0000"}"#, #".address: \#(address), got "unix:/a\0""#),
            (#"{"address": "a\r\nb"}"#, #".address: \#(address), got "a\r\nb""#),
            (#"{"address": "127.0.0.1:2"}"#, ": 127.0.0.1:2 is in backends[0] already"),
            (
                #"{"address": "127.0.0.1:1", "backup": 1}"#,
                ".backup: expected true or false, got 1"
            ),
            (
                #"{"address": "127.0.0.1:1", "backup": "true"}"#,
                ".backup: expected true or false, got true"
            ),
        ])
    func refusesBackend(_ text: String, _ expected: String) {
        #expect(throws: DiscoveryError("backends[1]\(expected)")) {
            try parse(#"{"backends": [{"address": "127.0.0.1:2"}, \#(text)]}"#)
        }
    }

    @Test(
        "takes whole weights from 0 to 65 535 and no others",
        arguments: [
            ("0", 0), ("65535", 65535), ("65536", nil), ("-1", nil), ("1.0", nil), ("1e2", nil),
            ("99999999999999999999", nil), (#""1""#, nil), ("true", nil), ("null", nil),
        ])
    func weights(_ text: String, _ expected: Int?) throws {
        let document = #"{"backends": [{"address": "127.0.0.1:1", "weight": \#(text)}]}"#
        if let expected {
            #expect(try parse(document).map(\.weight) == [expected])
        } else {
            let shown = text == #""1""# ? "1" : text
            let message = "backends[0].weight: expected a number from 0 to 65535, got \(shown)"
            #expect(throws: DiscoveryError(message)) { try parse(document) }
        }
    }

    @Test("takes no Unix socket from the network")
    func unix() throws {
        let document = #"{"backends": [{"address": "unix:/run/docker.sock"}]}"#
        #expect(try parse(document).count == 1)
        let message = "backends[0].address: a Unix socket from a server on the network"
        #expect(throws: DiscoveryError(message)) { try parse(document, .network) }
        let named = #"{"backends": [{"address": "a"}]}"#
        let other = "backends[0].address: expected 1.1.1.1:443 or [::1]:443, got a"
        #expect(throws: DiscoveryError(other)) { try parse(named, .network) }
    }

    @Test("takes 1 024 backends and no more", arguments: [(1024, true), (1025, false)])
    func limit(_ count: Int, _ isFine: Bool) {
        let entries = (0..<count).map {
            #"{"address": "127.0.0.1:\#($0 + 1)", "weight": 1, "backup": false}"#
        }
        let text = #"{"backends": [\#(entries.joined(separator: ","))]}"#
        #expect((try? parse(text))?.count == (isFine ? count : nil))
        guard !isFine else { return }
        #expect(throws: DiscoveryError("more than 1024 backends")) { try parse(text) }
    }
}
