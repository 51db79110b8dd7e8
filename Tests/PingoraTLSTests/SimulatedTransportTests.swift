import CLinux
import Synchronization
import TLSFixtures
import TestSupport
import Testing

@testable import PingoraCore
@testable import PingoraTLS

/// TLS on the simulated kernel, which takes and gives as little as its seed wants.
@Suite("TLS on the simulated kernel")
struct SimulatedTransportTests {
    private static let address = SocketAddress.ipv4(0x7f00_0001, port: 443)
    private let server: TLSServerContext
    private let client: TLSClientContext

    init() throws {
        let folder = try CertificateFolder()
        server = try TLSServerContext(
            TLSServerOptions(certificates: [try folder.files(for: "app.test")]),
            ticketKeys: TicketKeys())
        client = try TLSClientContext(.trusting(folder, "app.test"))
    }

    private func connect(on loop: EventLoop) throws -> TLSPair {
        let listener = try Listener(binding: Self.address)
        let result = Result()
        loop.spawn {
            result.connection = try? await Connector.connect(
                to: Self.address, from: nil, on: loop, owner: nil,
                deadline: loop.now.advanced(by: .seconds(1)))
        }
        for _ in 0..<4 { loop.turn() }
        let number = clinux_accept(listener.number, nil, nil)
        let accepted = try Connection(FileDescriptor(owning: number), peer: nil, on: loop)
        return TLSPair(accepted, try #require(result.connection))
    }

    private final class Result {
        var connection: Connection?
    }

    @Test(
        "carries every byte both ways, to an announced end",
        arguments: 1...40 as ClosedRange<UInt64>)
    func carries(seed: UInt64) throws {
        let kernel = SimulatedKernel(seed: seed)
        let bytes = (0..<50_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
        try kernel.run {
            try withLoop { loop in
                let pair = try connect(on: loop)
                #expect(pair.shakeHands(server, client))
                #expect(pair.carry(bytes, from: pair.client, to: pair.server) == bytes)
                #expect(pair.carry(bytes, from: pair.server, to: pair.client) == bytes)
                var end: Int?
                pair.start { end = try? await pair.client.read(until: pair.deadline) }
                pair.server.close()
                pair.finish()
                #expect(end == 0)
                pair.close()
                #expect(loop.connectionCount.load(ordering: .relaxed) == 0)
            }
            #expect(kernel.openDescriptors == 0)
        }
    }
}
