import PingoraTLS
import TLSFixtures
import Testing

@testable import PingoraCore
@testable import PingoraProxy

/// Which connections to a server stand in for each other (B15 of PINGORA.md).
@Suite("Reuse of secure upstream connections")
struct UpstreamReuseTests {
    /// What the second request's peer has otherwise.
    struct Row: CustomTestStringConvertible, Sendable {
        let testDescription: String
        var isReused = false
        let change: @Sendable (inout TLSClientOptions, Credentials) throws -> Void
    }

    static let rows = [
        Row(testDescription: "nothing", isReused: true) { _, _ in },
        Row(testDescription: "a client certificate") { options, credentials in
            options.certificate = try credentials.files(for: "client.test")
        },
        Row(testDescription: "no verification") { options, _ in
            options.verifiesCertificate = false
        },
        Row(testDescription: "no verification of the host name") { options, _ in
            options.verifiesHostName = false
        },
        Row(testDescription: "an alternative name") { options, _ in
            options.alternativeName = "other.test"
        },
        Row(testDescription: "another name for the server") { options, _ in
            options.serverName = "other.test"
            options.alternativeName = "origin.test"
        },
        Row(testDescription: "other authorities") { options, _ in
            options.verifiesCertificate = false
            options.authorities = nil
        },
        Row(testDescription: "a newer version at least") { options, _ in
            options.minimumVersion = .tls13
        },
        Row(testDescription: "a protocol by ALPN") { options, _ in
            options.protocols = ["http/1.1"]
        },
    ]

    @Test("takes place where nothing differs that matters", arguments: rows)
    func reuse(row: Row) throws {
        let test = try TestLoop()
        let credentials = try Credentials()
        let origin = try TestOrigin(credentials.origin)
        var logic = TestProxy(HTTPPeer(origin.address, try credentials.upstream()))
        var options = try credentials.upstream().options
        try row.change(&options, credentials)
        logic.peers["/other"] = [HTTPPeer(origin.address, try TLSClientContext(options))]
        let proxy = try SecureProxy(logic, credentials.proxy)
        let client = try TestClient(test, to: proxy.address, credentials.client)
        for target in ["/first", "/other", "/first", "/other"] {
            #expect(try client.get(target).body == "GET \(target) 0 0\n")
        }
        #expect(origin.handshakeCount == (row.isReused ? 1 : 2))
        let logged = try proxy.logged(4, test)
        #expect(logged.map(\.isReused) == [false, row.isReused, true, true])
    }

    @Test("two client certificates make two connections")
    func certificates() throws {
        let test = try TestLoop()
        let credentials = try Credentials()
        let origin = try TestOrigin(credentials.origin)
        var logic = TestProxy(HTTPPeer(origin.address, try credentials.upstream()))
        for name in ["a.test", "b.test"] {
            let files = try credentials.files(for: name)
            let layer = try credentials.upstream { $0.certificate = files }
            logic.peers["/\(name)"] = [HTTPPeer(origin.address, layer)]
        }
        let proxy = try SecureProxy(logic, credentials.proxy)
        let client = try TestClient(test, to: proxy.address, credentials.client)
        for target in ["/a.test", "/b.test", "/a.test", "/b.test"] { _ = try client.get(target) }
        #expect(origin.handshakeCount == 2)
    }

    @Test("a connection that only got a ticket meanwhile is as good as before")
    func ticket() throws {
        let test = try TestLoop()
        let credentials = try Credentials()
        let origin = try TestOrigin(credentials.origin)
        let proxy = try SecureProxy(
            TestProxy(HTTPPeer(origin.address, try credentials.upstream())), credentials.proxy)
        // A head alone is answered before the tickets behind the handshake are looked at.
        for _ in 0..<20 {
            let client = try TestClient(test, to: proxy.plainAddress)
            _ = try client.get("/")
        }
        #expect(origin.connectionCount == 1)
    }
}
