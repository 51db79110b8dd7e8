import CLinux
import Glibc
import PingoraTLS
import TLSFixtures
import TestSupport
import Testing

@testable import PingoraCore
@testable import PingoraProxy

/// Clients that leave in the middle of a handshake, or don't come to its end.
@Suite("Hostile clients of secure listeners")
struct HostileClientTests {
    private let credentials: Credentials
    private let origin: TestOrigin

    init() throws {
        credentials = try Credentials()
        origin = try TestOrigin(credentials.origin)
    }

    private func proxy(_ change: (inout ProxyOptions) -> Void = { _ in }) throws -> SecureProxy {
        var options = ProxyOptions()
        change(&options)
        return try SecureProxy(
            TestProxy(HTTPPeer(origin.address, try credentials.upstream())), credentials.proxy,
            options: options)
    }

    private func expectService(_ proxy: SecureProxy, _ test: TestLoop) throws {
        let client = try TestClient(test, to: proxy.address, credentials.client)
        #expect(try client.get("/a").body == "GET /a 0 0\n")
    }

    @Test("a client may vanish at any point of its handshake", arguments: [true, false])
    func vanish(resets: Bool) throws {
        let test = try TestLoop()
        let proxy = try proxy()
        for turns in 0..<12 {
            for _ in 0..<5 {
                let client = try TestClient(test, to: proxy.address)
                var isOver = false
                test.start {
                    let deadline = test.deadline
                    try? await credentials.client.secure(client.connection, until: deadline)
                    isOver = true
                }
                for _ in 0..<turns where !isOver { test.loop.turn() }
                if resets { client.connection.abort() } else { client.connection.close() }
                client.connection.wake()
                try test.finish()
            }
        }
        try expectService(proxy, test)
        #expect(test.wait { proxy.server.connectionCount <= 1 })
        #expect(credentials.proxy.handshakeCount == 0)
    }

    @Test("what is no handshake ends the connection, and nothing else")
    func nonsense() throws {
        let test = try TestLoop()
        let proxy = try proxy()
        var generator = SeededGenerator(seed: 6)
        for round in 0..<200 {
            let client = try TestClient(test, to: proxy.address)
            var bytes = (0..<(1 + round * 7)).map { _ in
                UInt8.random(in: 0...255, using: &generator)
            }
            // Some look like the beginning of one.
            if round % 2 == 0 { bytes.replaceSubrange(0..<1, with: [22, 3, 1, 0, 200, 1]) }
            try? client.send(bytes)
            client.connection.finishSending()
            _ = try client.rest()
        }
        try expectService(proxy, test)
        #expect(test.wait { proxy.server.connectionCount <= 1 })
    }

    @Test("a client that does not come to the end of its handshake is sent away in time")
    func slow() throws {
        let test = try TestLoop()
        let proxy = try proxy { options in
            options.clientHandshake = .milliseconds(300)
            options.clientIdle = .seconds(1000)
        }
        let silent = try TestClient(test, to: proxy.address)
        let slow = try TestClient(test, to: proxy.address)
        try slow.send([22, 3, 1, 2, 0, 1])
        let started = try TestClient(test, to: proxy.address, credentials.client)
        #expect(try silent.rest() == ("", .announced))
        #expect(try slow.rest().text == "")
        // The limit is one of handshakes: who has come through it stays.
        #expect(try started.get("/a").body == "GET /a 0 0\n")
    }

    @Test("beyond the limit of handshakes clients are sent away, and later ones are served")
    func overload() throws {
        let test = try TestLoop()
        let credentials = try Credentials { $0.maximumHandshakes = 3 }
        let proxy = try SecureProxy(
            TestProxy(HTTPPeer(origin.address, try self.credentials.upstream())),
            credentials.proxy)
        var waiting: [TestClient] = []
        for count in 1...3 {
            let client = try TestClient(test, to: proxy.address)
            try client.send([22, 3, 1])
            waiting.append(client)
            #expect(test.wait { credentials.proxy.handshakeCount == count })
        }
        #expect(throws: (any Error).self) {
            try TestClient(test, to: proxy.address, credentials.client)
        }
        for client in waiting { client.connection.close() }
        #expect(test.wait { credentials.proxy.handshakeCount == 0 })
        let client = try TestClient(test, to: proxy.address, credentials.client)
        #expect(try client.get("/a").body == "GET /a 0 0\n")
    }

    @Test("a thousand clients stay connected, and each is answered twice")
    func thousand() throws {
        let test = try TestLoop()
        let proxy = try proxy()
        var clients: [TestClient] = []
        for index in 0..<1000 {
            let client = try TestClient(test, to: proxy.address, credentials.client)
            #expect(try client.get("/\(index)").body == "GET /\(index) 0 0\n")
            clients.append(client)
        }
        for (index, client) in clients.enumerated() {
            #expect(try client.get("/\(index)").body == "GET /\(index) 0 0\n")
        }
        #expect(origin.connectionCount == 1)
        for client in clients { client.connection.close() }
        #expect(test.wait { proxy.server.connectionCount == 1 })
    }
}
