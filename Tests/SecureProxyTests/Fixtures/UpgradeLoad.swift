import Synchronization
import TLSFixtures
import TestSupport

@testable import PingoraCore

/// Clients of all kinds that never stop, on a loop in its own thread.
final class UpgradeLoad: Sendable {
    /// What a client does, over and over.
    enum Kind: String, CaseIterable {
        /// One request after the other on one connection.
        case persistent
        /// The same, with silence between requests.
        case pausing
        /// A connection for each request.
        case single
        /// A body that takes its time.
        case download
        /// A tunnel in which bytes go to and fro.
        case tunnel
    }

    private let loop: EventLoop
    private let address: SocketAddress
    private let layer: any TransportLayer
    private let isOver = Atomic<Bool>(false)
    private let running = Atomic<Int>(0)
    private let failures = Mutex<[String]>([])
    private let counts = Mutex<[Kind: Int]>([:])
    private let resumptions = Atomic<Int>(0)

    /// Starts `clients` of each kind.
    init(on address: SocketAddress, _ layer: any TransportLayer, clients: Int) throws {
        loop = try EventLoop()
        (self.address, self.layer) = (address, layer)
        LoopThread.start(named: "load") { [loop] in loop.run() }
        for kind in Kind.allCases {
            for _ in 0..<clients {
                running.add(1, ordering: .relaxed)
                loop.execute { [self] in loop.spawn { await self.repeatedly(kind) } }
            }
        }
    }

    var allFailures: [String] { failures.withLock { $0 } }
    /// Rounds of each kind that went as they should.
    func count(_ kind: Kind) -> Int { counts.withLock { $0[kind] ?? 0 } }
    /// Handshakes in which an earlier session was resumed.
    var resumptionCount: Int { resumptions.load(ordering: .relaxed) }

    /// Ends the clients after what they are at, and waits for them.
    func stop(_ test: TestLoop) {
        isOver.store(true, ordering: .relaxed)
        if !test.wait(until: { running.load(ordering: .relaxed) == 0 }) {
            failures.withLock { $0.append("clients that do not end") }
        }
        loop.stop()
    }

    private func repeatedly(_ kind: Kind) async {
        while !isOver.load(ordering: .relaxed) {
            do {
                try await round(kind)
            } catch {
                failures.withLock { $0.append("\(kind.rawValue): \(error)") }
            }
        }
        running.subtract(1, ordering: .relaxed)
    }

    private func count(one kind: Kind) { counts.withLock { $0[kind, default: 0] += 1 } }
    private var deadline: MonotonicTime { loop.now.advanced(by: .seconds(20)) }

    /// What one connection is for.
    private func round(_ kind: Kind) async throws {
        let connection = try await Connector.connect(
            to: address, from: nil, on: loop, owner: nil, deadline: deadline)
        defer { connection.close() }
        try await layer.secure(connection, until: deadline)
        if connection.transport?.details.isResumed == true {
            resumptions.add(1, ordering: .relaxed)
        }
        switch kind {
        case .persistent: while try await request("/", "", connection, kind) {}
        case .pausing:
            while try await request("/", "", connection, kind) {
                try await pause(.milliseconds(300), connection)
            }
        case .single: _ = try await request("/", "Connection: close\r\n", connection, kind)
        case .download: _ = try await request("/slow/20", "", connection, kind)
        case .tunnel: try await tunnel(connection)
        }
    }

    /// - Returns: whether the connection takes another request.
    private func request(
        _ target: String, _ fields: String, _ connection: Connection, _ kind: Kind
    ) async throws -> Bool {
        let text = "GET \(target) HTTP/1.1\r\nHost: a\r\n\(fields)\r\n"
        try await connection.sendAll(Array(text.utf8), until: deadline)
        let head = try await connection.readHead(until: deadline)
        guard head.hasPrefix("HTTP/1.1 200 ") else { throw FixtureError(head) }
        _ = try await connection.readBytes(head.contentLength, until: deadline)
        count(one: kind)
        return !head.contains("Connection: close") && !isOver.load(ordering: .relaxed)
    }

    private func tunnel(_ connection: Connection) async throws {
        let text =
            "GET /tunnel HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"
        try await connection.sendAll(Array(text.utf8), until: deadline)
        _ = try await connection.readHead(until: deadline)
        for _ in 0..<20 {
            try await connection.sendAll(Array("ping".utf8), until: deadline)
            _ = try await connection.readBytes(4, until: deadline)
            try await pause(.milliseconds(50), connection)
        }
        count(one: .tunnel)
    }

    /// Events come and go meanwhile, but no end.
    private func pause(_ limit: TimeLimit, _ connection: Connection) async throws {
        let end = loop.now.advanced(by: limit)
        while await connection.wait(until: end) {
            if connection.isBroken { throw FixtureError("closed while nothing was asked") }
        }
    }
}
