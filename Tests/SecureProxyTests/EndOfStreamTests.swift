import PingoraTLS
import TLSFixtures
import Testing

@testable import PingoraCore
@testable import PingoraProxy

/// Ends of a server's stream, announced (close_notify) or cut off, and what a client gets of it.
@Suite("Ends of secure streams")
struct EndOfStreamTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let path: String
        /// The body that the client may take for whole; nil: it must see a cut.
        var body: String?
        /// The answer in place of the server's.
        var status = 200
        var testDescription: String { path }
    }

    static let rows = [
        Row(path: "/open/announced", body: "5\r\nwhole\r\n0\r\n\r\n"),
        Row(path: "/open/cut"),
        Row(path: "/length/short/announced"),
        Row(path: "/length/short/cut"),
        Row(path: "/length/exact/cut", body: "exact"),
        Row(path: "/chunked/short/announced"),
        Row(path: "/chunked/short/cut"),
        Row(path: "/chunked/whole/cut", body: "5\r\nwhole\r\n0\r\n\r\n"),
        Row(path: "/silent/announced", body: "", status: 502),
        Row(path: "/silent/cut", body: "", status: 502),
    ]

    @Test("what was cut off is never taken for whole", arguments: rows, [true, false])
    func ends(row: Row, isSecure: Bool) throws {
        let test = try TestLoop()
        let credentials = try Credentials()
        let origin = try TestOrigin(credentials.origin)
        let proxy = try SecureProxy(
            TestProxy(HTTPPeer(origin.address, try credentials.upstream())), credentials.proxy)
        let client = try TestClient(
            test, to: isSecure ? proxy.address : proxy.plainAddress,
            isSecure ? credentials.client : nil)
        try client.send("GET \(row.path) HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        let (text, ending) = try client.rest()
        if let body = row.body {
            #expect(ending == .announced)
            #expect(text.hasPrefix("HTTP/1.1 \(row.status) "))
            #expect(text.hasSuffix("\r\n\r\n\(body)"))
        } else {
            #expect(ending == .cut)
        }
        let logged = try proxy.logged(1, test)
        #expect((logged[0].error == nil) == (row.body != nil && row.status == 200))
        #expect(logged[0].isSecure == isSecure)
        #expect((logged[0].details != nil) == isSecure)
    }

    @Test(
        "a body that only its end delimits is cut off for the client, too",
        arguments: [true, false])
    func oldClient(isAnnounced: Bool) throws {
        let test = try TestLoop()
        let credentials = try Credentials()
        let origin = try TestOrigin(credentials.origin)
        let proxy = try SecureProxy(
            TestProxy(HTTPPeer(origin.address, try credentials.upstream())), credentials.proxy)
        for isSecure in [true, false] {
            let client = try TestClient(
                test, to: isSecure ? proxy.address : proxy.plainAddress,
                isSecure ? credentials.client : nil)
            try client.send("GET /open/\(isAnnounced ? "announced" : "cut") HTTP/1.0\r\n\r\n")
            let (text, ending) = try client.rest()
            #expect(ending == (isAnnounced ? .announced : .cut))
            if isAnnounced { #expect(text.hasSuffix("\r\n\r\nwhole")) }
        }
    }

    @Test("a client that leaves without a word after its answer harms nobody")
    func clientEnd() throws {
        let test = try TestLoop()
        let credentials = try Credentials()
        let origin = try TestOrigin(credentials.origin)
        let proxy = try SecureProxy(
            TestProxy(HTTPPeer(origin.address, try credentials.upstream())), credentials.proxy)
        for _ in 0..<5 {
            let client = try TestClient(test, to: proxy.address, credentials.client)
            _ = try client.get("/")
            client.connection.abort()
        }
        #expect(test.wait { proxy.server.connectionCount == 1 })
        #expect(origin.connectionCount == 1)
        #expect(try proxy.logged(5, test).allSatisfy { $0.error == nil })
    }
}
