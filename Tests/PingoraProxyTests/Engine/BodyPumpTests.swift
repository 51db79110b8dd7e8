import PingoraHTTP
import TestSupport
import Testing

@testable import PingoraCore
@testable import PingoraProxy

/// The pump alone, between two connections of the simulated kernel.
@Suite("BodyPump")
struct BodyPumpTests {
    struct Row: CustomTestStringConvertible {
        let testDescription: String
        let incoming: BodyFraming
        let outgoing: BodyFraming
        let input: String
        /// What goes out; nil if it is chunked, where ``payload`` counts.
        var output: String?
        let payload: String
        var endsConnection = false
    }

    private static let bulk = Texts.bulk(30_000)

    static let table: [Row] = [
        Row(
            testDescription: "nothing", incoming: .none, outgoing: .none, input: "", output: "",
            payload: ""),
        Row(
            testDescription: "a length", incoming: .length(5), outgoing: .length(5),
            input: "hello", output: "hello", payload: "hello"),
        Row(
            testDescription: "a long length", incoming: .length(30_000),
            outgoing: .length(30_000), input: bulk, output: bulk, payload: bulk),
        Row(
            testDescription: "a length as chunks", incoming: .length(30_000), outgoing: .chunked,
            input: bulk, payload: bulk),
        Row(
            testDescription: "chunks", incoming: .chunked, outgoing: .chunked,
            input: "5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n", payload: "hello!"),
        Row(
            testDescription: "chunks as a length", incoming: .chunked, outgoing: .length(6),
            input: "5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n", output: "hello!", payload: "hello!"),
        Row(
            testDescription: "chunks until close", incoming: .chunked, outgoing: .untilClose,
            input: "5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n", output: "hello!", payload: "hello!"),
        Row(
            testDescription: "until close as chunks", incoming: .untilClose, outgoing: .chunked,
            input: bulk, payload: bulk, endsConnection: true),
        Row(
            testDescription: "until close", incoming: .untilClose, outgoing: .untilClose,
            input: bulk, output: bulk, payload: bulk, endsConnection: true),
    ]

    @Test("passes a body on in the framing of the next hop", arguments: table, [false, true])
    func passes(_ row: Row, isFiltered: Bool) throws {
        for seed in 1...40 as ClosedRange<UInt64> {
            let pumped = try Pumped(row, isFiltered: isFiltered, seed: seed)
            #expect(pumped.failure == nil, "seed \(seed)")
            #expect(pumped.byteCount == row.payload.utf8.count, "seed \(seed)")
            let bytes = pumped.bytes
            if let output = row.output {
                #expect(bytes == Array(output.utf8), "seed \(seed)")
            } else if case .complete(let payload, _, let count) = ChunkedText.parse(bytes) {
                #expect(payload == Array(row.payload.utf8) && count == bytes.count, "seed \(seed)")
            } else {
                Issue.record("seed \(seed): no whole chunked body")
            }
            guard pumped.failure == nil else { return }
        }
    }

    struct Bad: CustomTestStringConvertible {
        let testDescription: String
        let row: Row
        var maximumBytes = Int.max
        let isSource: Bool

        init(
            _ name: String, _ incoming: BodyFraming, _ outgoing: BodyFraming, _ input: String,
            endsConnection: Bool = false, maximumBytes: Int = .max, isSource: Bool
        ) {
            testDescription = name
            row = Row(
                testDescription: name, incoming: incoming, outgoing: outgoing, input: input,
                payload: "", endsConnection: endsConnection)
            (self.maximumBytes, self.isSource) = (maximumBytes, isSource)
        }
    }

    static let bad: [Bad] = [
        Bad(
            "an end too soon", .length(9), .length(9), "hello", endsConnection: true,
            isSource: true),
        Bad(
            "no last chunk", .chunked, .chunked, "5\r\nhello\r\n", endsConnection: true,
            isSource: true),
        Bad("a broken chunk", .chunked, .chunked, "5\nhello", isSource: true),
        Bad(
            "too much", .chunked, .chunked, "5\r\nhello\r\n0\r\n\r\n", maximumBytes: 4,
            isSource: true),
        Bad(
            "longer than announced", .chunked, .length(4), "5\r\nhello\r\n0\r\n\r\n",
            isSource: false),
        Bad(
            "shorter than announced", .chunked, .length(6), "5\r\nhello\r\n0\r\n\r\n",
            isSource: false),
    ]

    @Test("fails rather than lie, and says on which side", arguments: bad, [false, true])
    func fails(_ bad: Bad, isFiltered: Bool) throws {
        for seed in 1...20 as ClosedRange<UInt64> {
            let pumped = try Pumped(
                bad.row, isFiltered: isFiltered, maximumBytes: bad.maximumBytes, seed: seed)
            switch pumped.failure {
            case .source: #expect(bad.isSource, "seed \(seed)")
            case .destination: #expect(!bad.isSource, "seed \(seed)")
            case nil: Issue.record("seed \(seed): no failure")
            }
        }
    }

    @Test("takes what a body may have at most, and no byte more")
    func maximum() throws {
        for (limit, fails) in [(4, true), (5, false), (6, false)] {
            let row = Row(
                testDescription: "", incoming: .length(5), outgoing: .length(5), input: "hello",
                output: "hello", payload: "hello")
            let pumped = try Pumped(row, isFiltered: false, maximumBytes: limit, seed: 1)
            #expect((pumped.failure != nil) == fails, "limit \(limit)")
        }
    }
}

/// One body that was pumped as far as it went.
private struct Pumped {
    private(set) var bytes: [UInt8] = []
    private(set) var byteCount = 0
    private(set) var failure: BodyPump.Failure?

    init(
        _ row: BodyPumpTests.Row, isFiltered: Bool, maximumBytes: Int = .max, seed: UInt64
    ) throws {
        let kernel = SimulatedKernel(seed: seed)
        kernel.socketBuffer = 2048
        try kernel.run { try pump(row, isFiltered, maximumBytes, on: kernel) }
    }

    private mutating func pump(
        _ row: BodyPumpTests.Row, _ isFiltered: Bool, _ maximumBytes: Int,
        on kernel: SimulatedKernel
    ) throws {
        let loop = try EventLoop()
        loop.adoptThread()
        let listener = try Listener(binding: SimulatedProxy.address)
        let (source, sender) = try connect(listener, loop)
        let (destination, receiver) = try connect(listener, loop)
        sender.outgoing = Array(row.input.utf8)
        var pump = BodyPump(limits: .request)
        pump.begin(
            row.incoming, as: row.outgoing, isFiltered: isFiltered, maximumBytes: maximumBytes)
        for _ in 0..<4000 where !pump.isDone {
            _ = sender.sendOnce()
            if sender.outgoing.isEmpty, row.endsConnection { sender.finishSending() }
            _ = receiver.receiveOnce()
            kernel.alarm = kernel.now
            loop.turn()
            do {
                try step(&pump, source, destination)
            } catch let error as BodyPump.Failure {
                failure = error
                break
            }
        }
        byteCount = pump.byteCount
        destination.close()
        while receiver.receiveOnce() {}
        bytes = receiver.transcript
        source.close()
    }

    /// What a relay does with filters that change nothing.
    private func step(
        _ pump: inout BodyPump, _ source: Connection, _ destination: Connection
    ) throws {
        while true {
            switch try pump.step(from: source, to: destination) {
            case .filter(let count):
                // Every other piece is replaced with itself.
                if count % 2 == 0 {
                    try pump.pass(count, from: source, to: destination)
                } else {
                    let same = source.input.view(count).bytes
                    try pump.replace(same, count: count, from: source, to: destination)
                }
            case .filterEnd: try pump.finish(trailers: Fields(), to: destination)
            case .wait, .done: return
            }
        }
    }

    private func connect(
        _ listener: Listener, _ loop: EventLoop
    ) throws -> (Connection, SimulatedEndpoint) {
        let far = try #require(
            SimulatedEndpoint(connectingTo: SimulatedAddress(port: SimulatedProxy.address.port)))
        let near = try #require(SimulatedEndpoint.accepted(by: listener.number))
        return (try Connection(FileDescriptor(owning: near), peer: nil, on: loop), far)
    }
}
