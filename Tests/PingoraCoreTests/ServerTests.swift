import Glibc
import Synchronization
import TestSupport
import Testing

@testable import PingoraCore

/// Answers every line with itself; a connection between two lines is parked.
private struct LineEcho: Service {
    let name = "echo"
    var addresses = [SocketAddress.ipv4(0x7f00_0001, port: 0)]
    /// The loops that served something.
    let loops = SharedSet()

    final class SharedSet: Sendable {
        let indices = Mutex<Set<Int>>([])
        /// How often a parked connection became busy.
        let wakes = Atomic<Int>(0)
    }

    func makeWorker(on loop: EventLoop, shared: ServiceResources) -> any ServiceWorker {
        Worker(loop, loops)
    }

    private final class Worker: ServiceWorker, ConnectionKeeper {
        let loop: EventLoop
        let loops: SharedSet

        init(_ loop: EventLoop, _ loops: SharedSet) {
            (self.loop, self.loops) = (loop, loops)
        }

        func serve(_ socket: consuming AcceptedSocket) {
            let peer = socket.peerAddress
            loops.indices.withLock { _ = $0.insert(loop.index) }
            guard let connection = try? Connection(socket.takeDescriptor(), peer: peer, on: loop)
            else { return }
            park(connection)
        }

        func drain() {
            for connection in loop.connections(keptBy: self) { connection.close() }
        }

        func connectionReady(_ connection: Connection) {
            connection.unpark()
            loops.wakes.add(1, ordering: .relaxed)
            let box = Unchecked((self, connection))
            loop.spawn { await box.value.0.answer(box.value.1) }
        }

        func connectionExpired(_ connection: Connection) { connection.close() }

        private func park(_ connection: Connection) {
            guard !loop.isDraining else { return connection.close() }
            connection.park(with: self, until: loop.now.advanced(by: .seconds(60)))
        }

        private func answer(_ connection: Connection) async {
            var line: [UInt8] = []
            while line.last != 10 {
                let deadline = loop.now.advanced(by: .seconds(60))
                guard let count = try? await connection.read(until: deadline), count > 0 else {
                    return connection.close()
                }
                line += connection.takeInput()
            }
            loop.buffers.provide(&connection.output)
            connection.output.append(line.span)
            try? await connection.flush(until: loop.now.advanced(by: .seconds(60)))
            park(connection)
        }
    }
}

@Suite("Server", .timeLimit(.minutes(1)))
struct ServerTests {
    private func start(
        _ service: LineEcho = LineEcho(), threads: Int = 3
    ) throws -> RunningServer {
        let server = Server(ServerOptions(threads: threads))
        server.add(service)
        return try server.start()
    }

    @Test("serves many clients on several loops, and ends when told", arguments: [1, 3])
    func serves(_ threads: Int) throws {
        let service = LineEcho()
        let running = try start(service, threads: threads)
        let address = try #require(running.addresses.first)
        #expect(address.port != 0)
        let clients = try (0..<60).map { _ in try #require(BlockingClient(address)) }
        for round in 0..<3 {
            for (index, client) in clients.enumerated() { client.send("\(round) \(index)\n") }
            for (index, client) in clients.enumerated() {
                let line = "\(round) \(index)\n"
                #expect(client.receive(line.utf8.count) == line)
            }
        }
        #expect(running.connectionCount == 60)
        #expect(service.loops.indices.withLock { $0 }.isSubset(of: Set(0..<threads)))
        running.stop()
        running.stop()
    }

    @Test("finishes what is under way and closes what is idle when it drains")
    func drains() throws {
        let service = LineEcho()
        let running = try start(service)
        let address = try #require(running.addresses.first)
        let idle = try #require(BlockingClient(address))
        let busy = try #require(BlockingClient(address))
        for client in [idle, busy] {
            client.send("ready\n")
            #expect(client.receive(6) == "ready\n")
        }
        busy.send("half a ")
        // Two lines and a half: the loop has taken notice of the half one.
        for _ in 0..<10_000 where service.loops.wakes.load(ordering: .relaxed) < 3 { usleep(1000) }
        running.drain()
        #expect(idle.hasEnded)
        busy.send("line\n")
        #expect(busy.receive(12) == "half a line\n")
        #expect(busy.hasEnded)
        for _ in 0..<1000 where running.connectionCount > 0 { usleep(1000) }
        #expect(running.connectionCount == 0)
        running.stop()
    }

    @Test("cuts what is still under way when it is stopped, without waiting for it")
    func cuts() throws {
        let running = try start()
        let address = try #require(running.addresses.first)
        let client = try #require(BlockingClient(address))
        client.send("no end")
        running.stop()
    }

    @Test("names the address it can't listen on")
    func taken() throws {
        let first = try start()
        defer { first.stop() }
        let address = try #require(first.addresses.first)
        let server = Server(ServerOptions(threads: 1))
        server.add(LineEcho(addresses: [address]))
        do {
            _ = try server.start()
            Issue.record("listens on an address that is taken")
        } catch {
            let wanted = "cannot listen on \(address): "
            #expect(error.description.hasPrefix(wanted))
            #expect(error.description.hasSuffix("address already in use (EADDRINUSE)"))
        }
    }

    @Test("runs at least one loop, whatever it is told", arguments: [-1, 0, 1])
    func options(_ threads: Int) {
        let options = ServerOptions(threads: threads, upstreamKeepalivePoolSize: -5)
        #expect(options.threads == 1 && options.upstreamKeepalivePoolSize == 0)
        #expect(ServerOptions.processorCount >= 1)
    }
}
