import Testing

@testable import PingoraCore
@testable import PingoraLB

@Suite("BackendLines")
struct BackendLinesTests {
    @Test("reads addresses, weights and comments")
    func reads() throws {
        let text = "# all\r\n127.0.0.1:1\n\n [::1]:2\tweight=3 # three\r\nunix:/a weight=0\n"
        let backends = try BackendLines.parse(Array(text.utf8))
        #expect(backends.map(\.label) == ["127.0.0.1:1", "[::1]:2", "unix:/a"])
        #expect(backends.map(\.weight) == [1, 3, 0])
    }

    @Test("tells backups from others")
    func backups() throws {
        let backends = try BackendLines.parse(Array("127.0.0.1:1 backup\n127.0.0.1:2".utf8))
        #expect(backends.map(\.isBackup) == [true, false])
    }

    @Test(
        "says which line is wrong",
        arguments: [
            ("\nhost:1", "line 2: expected 1.1.1.1:443, [::1]:443 or unix:/path, got host:1"),
            ("127.0.0.1:1 x", "line 1: expected weight=N or backup, got x"),
            ("127.0.0.1:1 weight=", "line 1: expected a weight from 0 to 65535, got \"\""),
            ("127.0.0.1:1 weight=-1", "line 1: expected a weight from 0 to 65535, got -1"),
            ("127.0.0.1:1 weight=65536", "line 1: expected a weight from 0 to 65535, got 65536"),
            ("127.0.0.1:1\n#\n127.0.0.1:1", "line 3: 127.0.0.1:1 is in line 1 already"),
        ])
    func refuses(_ text: String, _ expected: String) {
        #expect(throws: DiscoveryError(expected)) { try BackendLines.parse(Array(text.utf8)) }
    }

    @Test("refuses what is no UTF-8")
    func encoding() {
        #expect(throws: DiscoveryError("expected UTF-8")) { try BackendLines.parse([0xff]) }
    }

    @Test("takes 1 024 backends and no more", arguments: [(1024, true), (1025, false)])
    func limit(_ count: Int, _ isFine: Bool) {
        let text = (0..<count).map { "127.0.0.1:\($0 + 1)\n" }.joined()
        #expect(((try? BackendLines.parse(Array(text.utf8))) != nil) == isFine)
    }
}
