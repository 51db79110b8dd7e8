import Testing

@testable import PingoraUpgrade

@Suite("HandedSecrets")
struct HandedSecretsTests {
    @Test("arrive at the successor, with or without sockets", arguments: [0, 1, 300])
    func arrive(count: Int) throws {
        raiseFileLimit()
        let socket = MarkedSocket()
        let (ours, theirs) = makePair()
        let secrets = HandedSecrets(Array(0...255))
        let giver = BackgroundThread {
            let sockets = (0..<count).map { (name("s\($0)"), socket.number) }
            return give(sockets, over: ours, secrets: secrets)
        }
        var successor = Successor(channel: try makeChannel(theirs), limits: ample)
        let taken = try successor.takeSockets()
        #expect(taken.count == count)
        #expect(taken.secrets == secrets)
        try successor.announceReady { _, _ in }
        #expect(try successor.announceServing() == .released)
        guard case .successorServes = giver.value() else {
            Issue.record("the successor does not serve")
            return
        }
    }

    @Test("are skipped by who does not know them, and missing where nobody sent any")
    func optional() throws {
        let with = MessageEncoder.bytes(
            of: .endOfSockets(count: 3, secrets: HandedSecrets([1])), version: 1)
        let without = MessageEncoder.bytes(of: .endOfSockets(count: 3), version: 1)
        #expect(with.starts(with: without.prefix(8)))
        // The field comes last; whoever does not know it sees the count alone.
        let fields = try SingleFields(with, known: [FieldTag.count])
        #expect(try fields.number(FieldTag.count, as: UInt32.self) == 3)
        var decoder = MessageDecoder()
        decoder.version = 1
        guard case .message(let message, _) = try decoder.next(without.span) else {
            Issue.record("no message")
            return
        }
        #expect(message == .endOfSockets(count: 3))
    }

    @Test("are not shown, whoever prints them")
    func hidden() {
        let secrets = HandedSecrets([171, 205])
        let message = Message.endOfSockets(count: 1, secrets: secrets)
        var dumped = ""
        dump(message, to: &dumped)
        for text in ["\(secrets)", String(reflecting: secrets), "\(message)", dumped] {
            #expect(!text.contains("171") && !text.contains("205"), "\(text)")
        }
    }

    @Test("that no message can hold are left out")
    func tooLong() {
        #expect(HandedSecrets([UInt8](repeating: 1, count: FormatLimits.heldBytes + 1)).bytes == [])
        let longest = HandedSecrets([UInt8](repeating: 1, count: FormatLimits.heldBytes))
        #expect(longest.bytes.count == FormatLimits.heldBytes)
    }
}
