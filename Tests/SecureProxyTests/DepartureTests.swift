import PingoraTLS
import TLSFixtures
import Testing

@testable import PingoraCore
@testable import PingoraProxy

/// What becomes of secure connections when another process takes over: they can't move, and none
/// is closed under its client's hands.
@Suite("Secure connections in an upgrade")
struct DepartureTests {
    private let test: TestLoop
    private let credentials: Credentials
    private let origin: TestOrigin
    private let proxy: SecureProxy

    init() throws {
        test = try TestLoop()
        credentials = try Credentials()
        origin = try TestOrigin(credentials.origin)
        let plain = try TestOrigin()
        var logic = TestProxy(HTTPPeer(origin.address, try credentials.upstream()))
        logic.peers["/plain"] = [HTTPPeer(plain.address)]
        proxy = try SecureProxy(logic, credentials.proxy, threads: 2)
        self.plain = plain
    }

    private let plain: TestOrigin

    private func connect() throws -> TestClient {
        try TestClient(test, to: proxy.address, credentials.client)
    }

    private func depart(keepingIdleFor limit: TimeLimit = .seconds(100)) -> Departures {
        let departures = Departures(idleUntil: MonotonicTime.current.advanced(by: limit))
        proxy.server.depart(to: departures)
        return departures
    }

    private func includeRequests(_ departures: Departures) {
        departures.includeRequests()
        proxy.server.onEachLoop { $0.wakeTasks() }
    }

    @Test("an idle client's next request is answered, and told that it was the last one")
    func idle() throws {
        // One that its task still waits for, and one that is with the loop.
        let parked = try connect()
        _ = try parked.get("/1")
        let fresh = try connect()
        _ = try fresh.get("/2")
        let departures = depart()
        for client in [parked, fresh] {
            let response = try client.get("/3")
            #expect(response.head.contains("\r\nConnection: close\r\n"))
            #expect(response.body == "GET /3 0 0\n")
            #expect(try client.rest() == ("", .announced))
        }
        #expect(test.wait { proxy.server.connectionCount == 0 })
        #expect(departures.isEmpty)
    }

    @Test("a client that has connected only is still served")
    func unbegun() throws {
        let client = try TestClient(test, to: proxy.address)
        #expect(test.wait { proxy.server.connectionCount == 1 })
        let departures = depart()
        try test.run {
            try await credentials.client.secure(client.connection, until: test.deadline)
        }
        let response = try client.get("/")
        #expect(response.head.contains("\r\nConnection: close\r\n"))
        #expect(try client.rest() == ("", .announced))
        #expect(departures.isEmpty)
    }

    @Test("who stays idle for all the time there is gets an announced end")
    func grace() throws {
        let client = try connect()
        _ = try client.get("/1")
        let departures = depart(keepingIdleFor: .milliseconds(200))
        #expect(try client.rest() == ("", .announced))
        #expect(test.wait { proxy.server.connectionCount == 0 })
        #expect(departures.isEmpty)
    }

    @Test("plain clients still move, from secure servers once these have answered")
    func plainClients() throws {
        let busy = try TestClient(test, to: proxy.plainAddress)
        try busy.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbo")
        #expect(test.wait { origin.connectionCount == 1 })
        let client = try TestClient(test, to: proxy.plainAddress)
        _ = try client.get("/1")
        let departures = depart()
        includeRequests(departures)
        #expect(test.wait { departures.take(atMost: 9).count == 1 })
        try busy.send("dy")
        let response = try busy.response()
        #expect(response.body.hasPrefix("POST / 4 "))
        #expect(!response.head.contains("Connection: close"))
        #expect(test.wait { departures.take(atMost: 9).count == 1 })
    }

    @Test("requests and tunnels of secure clients go on to their end", arguments: ["/", "/plain"])
    func busy(target: String) throws {
        let slow = try connect()
        try slow.send("POST \(target) HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbo")
        let tunnel = try connect()
        try tunnel.send(
            "GET /tunnel HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n")
        #expect(try tunnel.response().head.hasPrefix("HTTP/1.1 101 "))
        #expect(test.wait { origin.connectionCount + plain.connectionCount == 2 })
        let departures = depart()
        includeRequests(departures)
        try slow.send("dy")
        let response = try slow.response()
        #expect(response.body.hasPrefix("POST \(target) 4 "))
        #expect(response.head.contains("\r\nConnection: close\r\n"))
        try tunnel.send("ping")
        tunnel.connection.finishSending()
        #expect(try tunnel.rest() == ("ping", .announced))
        #expect(test.wait { proxy.server.connectionCount == 0 })
        #expect(departures.isEmpty)
    }

    @Test("where the successor dies, secure clients are served on as before")
    func comeBack() throws {
        let client = try connect()
        _ = try client.get("/1")
        let departures = depart()
        proxy.server.comeBack(from: departures, with: [])
        for _ in 0..<3 {
            let response = try client.get("/2")
            #expect(!response.head.contains("Connection: close"))
            #expect(response.body == "GET /2 0 0\n")
        }
    }

    @Test("a stop answers what is under way, and does not wait for those that say nothing")
    func drain() throws {
        let silent = try TestClient(test, to: proxy.address)
        let idle = try connect()
        _ = try idle.get("/1")
        let busy = try connect()
        try busy.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbo")
        #expect(test.wait { origin.connectionCount == 1 && proxy.server.connectionCount >= 4 })
        proxy.server.drain()
        #expect(try idle.rest() == ("", .announced))
        #expect(try silent.rest() == ("", .announced))
        try busy.send("dy")
        let response = try busy.response()
        #expect(response.head.contains("\r\nConnection: close\r\n"))
        #expect(try busy.rest() == ("", .announced))
        #expect(test.wait { proxy.server.connectionCount == 0 })
    }
}
