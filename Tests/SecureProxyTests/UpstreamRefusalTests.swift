import PingoraTLS
import TLSFixtures
import Testing

@testable import PingoraCore
@testable import PingoraProxy

/// Servers that can't be reached securely.
@Suite("Secure upstream connections that fail")
struct UpstreamRefusalTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let error: String
        var status = 502
        let peer: @Sendable (Credentials) throws -> (TestOrigin, TLSClientContext)
    }

    private static let prefix = "upstream securing: certificate not accepted: "

    static let rows = [
        Row(testDescription: "another name", error: prefix + "wrong host name") {
            (try TestOrigin($0.origin), try $0.upstream("other.test"))
        },
        Row(testDescription: "a stranger", error: prefix + "signed by an unknown authority") {
            let stranger = try $0.stranger()
            return (try TestOrigin($0.origin), try $0.upstream { $0.authorities = stranger })
        },
        Row(testDescription: "itself for authority", error: prefix + "self-signed") {
            (try TestOrigin($0.origin(isSelfSigned: true)), try $0.upstream())
        },
        Row(testDescription: "too late", error: prefix + "expired") {
            (try TestOrigin($0.origin(from: -9, to: -2)), try $0.upstream())
        },
        Row(testDescription: "too early", error: prefix + "not yet valid") {
            (try TestOrigin($0.origin(from: 2, to: 9)), try $0.upstream())
        },
        Row(
            testDescription: "an end instead of a handshake",
            error: "upstream securing: TLS handshake failed: the peer closed the connection"
        ) {
            (try TestOrigin { _ = try await $0.read(until: .never) }, try $0.upstream())
        },
        Row(
            testDescription: "plain HTTP instead of a handshake",
            error: "upstream securing: TLS handshake failed: wrong version number"
        ) {
            let text = Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8)
            return (
                try TestOrigin { client in
                    _ = try await client.read(until: .never)
                    try await client.sendAll(text, until: .never)
                }, try $0.upstream()
            )
        },
        Row(
            testDescription: "silence", error: "upstream securing: timed out", status: 504
        ) {
            (
                try TestOrigin { client in
                    while try await client.read(until: .never) > 0 { client.input.removeAll() }
                }, try $0.upstream()
            )
        },
    ]

    @Test("are answered, logged with their reason, and not used", arguments: rows)
    func refusal(row: Row) throws {
        let test = try TestLoop()
        let credentials = try Credentials()
        let (origin, layer) = try row.peer(credentials)
        var peer = HTTPPeer(origin.address, layer)
        peer.timeouts.connect = row.status == 504 ? .milliseconds(200) : .seconds(20)
        let proxy = try SecureProxy(TestProxy(peer), credentials.proxy)
        let client = try TestClient(test, to: proxy.address, credentials.client)
        #expect(try client.get("/").head.hasPrefix("HTTP/1.1 \(row.status) "))
        let logged = try proxy.logged(1, test)
        #expect(logged[0].error == row.error)
        #expect(logged[0].tries == 1)
    }

    @Test("are followed by the next server, with the request", arguments: rows)
    func nextServer(row: Row) throws {
        let test = try TestLoop()
        let credentials = try Credentials()
        let (bad, layer) = try row.peer(credentials)
        let good = try TestOrigin(credentials.origin)
        var peer = HTTPPeer(bad.address, layer)
        peer.timeouts.connect = row.status == 504 ? .milliseconds(200) : .seconds(20)
        var logic = TestProxy(peer)
        logic.peers["/"] = [peer, HTTPPeer(good.address, try credentials.upstream())]
        let proxy = try SecureProxy(logic, credentials.proxy)
        let client = try TestClient(test, to: proxy.address, credentials.client)
        try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody")
        #expect(try client.response().body.hasPrefix("POST / 4 "))
        let logged = try proxy.logged(1, test)
        #expect(logged[0].error == nil)
        #expect(logged[0].tries == 2)
    }
}
