import PingoraCore
import PingoraHTTP

/// Moves one body from one connection to another, as far as it goes without waiting.
///
/// The pump says what is to be done (`Step`), the relay does it. Memory is bounded by the source's
/// input and the destination's output buffer: nothing is received while something waits to be
/// sent, which is the back-pressure.
struct BodyPump {
    /// What the relay has to do next.
    enum Step {
        /// This many bytes at the front of the source's input want to go through the filters;
        /// then call ``pass(_:to:)`` or ``replace(_:count:from:to:)``.
        case filter(Int)
        /// The source's body is complete: filter its end, then call ``finish(trailers:to:)``.
        case filterEnd
        /// Nothing can move until something happens on a connection.
        case wait
        /// Everything has been sent.
        case done

        /// Whether the relay has to call the filters before it goes on.
        var needsFilter: Bool {
            switch self {
            case .filter, .filterEnd: true
            case .wait, .done: false
            }
        }
    }

    /// What went wrong, and on which side.
    enum Failure: Error {
        case source(ProxyError.Cause)
        case destination(ProxyError.Cause)

        /// What it was, whichever side it was on.
        var cause: ProxyError.Cause {
            switch self {
            case .source(let cause), .destination(let cause): cause
            }
        }
    }

    var reader: BodyReader
    var writer = BodyWriter()
    /// Payload bytes taken from the source.
    private(set) var byteCount = 0
    /// Whether the last step moved anything; the deadline of a relay is renewed when one did.
    private(set) var hasMoved = false
    /// Whether the last step ended though more could be moved: others have their turn first.
    private(set) var hasMore = false
    private var state = State.done
    /// Whether every piece goes through filters.
    private var isFiltered = false
    /// The most payload there may be.
    private var maximumBytes = Int.max
    /// Whether anything of the body, be it only framing, has left the source's input: then it can't
    /// be read again.
    private(set) var hasTakenAny = false
    /// Payload at the front of the source's input that is with a filter.
    private var pending = 0
    /// Payload at the front of the source's input that is framed and only needs sending.
    private(set) var ready = 0
    /// What a filter put in the place of payload.
    private var replacement: [UInt8] = []

    private enum State {
        case body
        case finishing
        case done
    }

    /// A pump of bodies whose chunks and trailers are within `limits`.
    init(limits: ParseLimits) {
        reader = BodyReader(limits: limits)
    }

    /// Whether everything has been sent.
    var isDone: Bool { if case .done = state { true } else { false } }
    /// Whether nothing of the body is left in the source's input, or still to come.
    var hasTakenAll: Bool { reader.isAtEnd && pending == 0 && ready == 0 }
    /// Whether something waits for the destination; otherwise a wait is for the source.
    func isBlocked(by destination: Connection) -> Bool {
        ready > 0 || !replacement.isEmpty || !destination.output.isEmpty
    }

    /// Starts on a body that is framed as `incoming` where it comes from and `outgoing` where it
    /// goes. What is not filtered is passed on by itself, but for trailers.
    mutating func begin(
        _ incoming: BodyFraming, as outgoing: BodyFraming, isFiltered: Bool,
        maximumBytes: Int = .max, byteCount: Int = 0
    ) {
        reader.begin(incoming)
        writer.begin(outgoing)
        self.isFiltered = isFiltered
        self.maximumBytes = maximumBytes
        self.byteCount = byteCount
        hasTakenAny = false
        pending = 0
        ready = 0
        replacement = []
        state = .body
    }

    /// How far the body has come on both sides, and how much of what was read is framed already;
    /// nil where nobody else could go on from here.
    var place: (reading: BodyPlace, writing: BodyPlace, ready: Int)? {
        // Trailers are behind us as well then.
        guard case .body = state else { return (BodyPlace(.end), BodyPlace(.end), 0) }
        guard pending == 0, replacement.isEmpty, let reading = reader.place else { return nil }
        return (reading, writer.place, ready)
    }

    /// Goes on with a body of which `byteCount` bytes have passed through another pump.
    mutating func resume(
        _ body: BodyInTransit, byteCount: Int, maximumBytes: Int
    ) {
        begin(
            .none, as: .none, isFiltered: false, maximumBytes: maximumBytes, byteCount: byteCount)
        reader.resume(at: body.reading)
        writer.resume(at: body.writing)
        ready = body.ready
        hasTakenAny = true
    }

    /// Does what can be done without waiting and without the filters.
    ///
    /// What has come is framed before anything is sent, so that a head, its body and the body's
    /// end leave in one system call where they fit.
    mutating func step(
        from source: Connection, to destination: Connection
    ) throws(Failure) -> Step {
        (hasMoved, hasMore) = (false, false)
        var receipts = 0
        while true {
            if case .body = state, ready == 0, replacement.isEmpty {
                switch try find(in: source) {
                case .payload(let count):
                    byteCount += count
                    guard byteCount <= maximumBytes else {
                        pending = count
                        throw .source(.status(.contentTooLarge))
                    }
                    if isFiltered {
                        pending = count
                        return .filter(count)
                    }
                    try pass(count, from: source, to: destination)
                case .end:
                    if isFiltered || reader.hasTrailers { return .filterEnd }
                    try finish(trailers: Fields(), to: destination)
                case .needsMore:
                    guard try sendAll(from: source, to: destination) else { return .wait }
                    guard receipts < BodyPump.receiptsPerStep else {
                        hasMore = true
                        return .wait
                    }
                    receipts += 1
                    guard try receive(from: source) else { return .wait }
                }
            } else {
                guard try sendAll(from: source, to: destination) else { return .wait }
                if case .body = state { continue }
                state = .done
                return .done
            }
        }
    }

    /// The filters left `count` bytes as they are.
    mutating func pass(
        _ count: Int, from source: Connection, to destination: Connection
    ) throws(Failure) {
        guard frame(count, to: destination) else {
            throw .destination(.violation("body longer than its Content-Length"))
        }
        pending = 0
        // Copying a little is cheaper than a system call of its own.
        let isSmall = count <= BodyPump.copiedAtMost
        if isSmall, count + BodyPump.framingRoom <= destination.output.room {
            destination.output.append(source.input.bytes.extracting(first: count))
            source.input.consume(count)
        } else {
            ready = count
        }
    }

    /// The filters put `bytes` in the place of `count` bytes.
    mutating func replace(
        _ bytes: [UInt8], count: Int, from source: Connection, to destination: Connection
    ) throws(Failure) {
        source.input.consume(count)
        pending = 0
        guard !bytes.isEmpty else { return }
        guard frame(bytes.count, to: destination) else {
            throw .destination(.violation("body longer than its Content-Length"))
        }
        replacement = bytes
    }

    /// The end has been filtered: sends what ends the body.
    mutating func finish(
        trailers: borrowing Fields, to destination: Connection
    ) throws(Failure) {
        destination.loop.buffers.provide(&destination.output)
        if !trailers.isEmpty || destination.output.room < BodyPump.framingRoom {
            destination.loop.buffers.enlarge(&destination.output)
        }
        do {
            guard try writer.finish(trailers: trailers, into: &destination.output) else {
                throw Failure.destination(.violation("body shorter than its Content-Length"))
            }
        } catch let failure as Failure {
            throw failure
        } catch {
            throw .destination(.violation("invalid trailers"))
        }
        state = .finishing
    }

    /// Receipts of at most 64 KiB that one step may make. Where both sides are as fast as we are,
    /// a step would never end, and nobody else on the loop would be served.
    private static let receiptsPerStep = 16

    /// Payload up to this size is gathered in the output; beyond it, it is sent from where it is.
    private static let copiedAtMost = 4096
    /// Enough for any size line, the CRLFs around it and the end of a body without trailers.
    private static let framingRoom = 64

    /// Puts `bytes`, which a filter added at the end of the body, behind everything else.
    mutating func append(_ bytes: [UInt8], to destination: Connection) throws(Failure) {
        guard !bytes.isEmpty else { return }
        guard frame(bytes.count, to: destination) else {
            throw .destination(.violation("body longer than its Content-Length"))
        }
        if destination.output.room < bytes.count + BodyPump.framingRoom {
            destination.loop.buffers.enlarge(&destination.output)
        }
        guard destination.output.append(bytes.span) == bytes.count else {
            throw .destination(.violation("a filter added too much at the end of a body"))
        }
    }

    private mutating func frame(_ count: Int, to destination: Connection) -> Bool {
        destination.loop.buffers.provide(&destination.output)
        if destination.output.room < BodyPump.framingRoom {
            destination.loop.buffers.enlarge(&destination.output)
        }
        return writer.frame(count, into: &destination.output)
    }

    private mutating func find(in source: Connection) throws(Failure) -> BodyReader.Step {
        let held = source.input.count
        do {
            let step = try reader.next(&source.input)
            if case .payload = step { hasTakenAny = true }
            if source.input.count < held { hasTakenAny = true }
            return step
        } catch {
            throw .source(.malformed(error))
        }
    }

    /// Sends output and ready payload; false if something is left.
    private mutating func sendAll(
        from source: Connection, to destination: Connection
    ) throws(Failure) -> Bool {
        while ready > 0 || !replacement.isEmpty || !destination.output.isEmpty {
            let outcome =
                replacement.isEmpty
                ? destination.send(followedBy: source.input.bytes.extracting(first: ready))
                : destination.send(followedBy: replacement.span)
            switch outcome {
            case .wouldBlock: return false
            case .failed(let error): throw .destination(.system(error))
            case .bytes(let count):
                hasMoved = true
                if replacement.isEmpty {
                    source.input.consume(count)
                    ready -= count
                } else {
                    replacement.removeFirst(count)
                }
            }
        }
        return true
    }

    /// Receives once; false if there was nothing.
    private mutating func receive(from source: Connection) throws(Failure) -> Bool {
        // A body that fills a small buffer goes faster in a large one.
        let isBulk = reader.knownRest > BufferPool.smallCapacity || reader.endsWithConnection
        if source.input.isEmpty, isBulk, byteCount >= BufferPool.smallCapacity / 2 {
            source.loop.buffers.enlarge(&source.input)
        }
        switch source.receive() {
        case .bytes:
            hasMoved = true
            return true
        case .wouldBlock: return false
        case .endOfStream:
            guard reader.connectionEnded() else { throw .source(.closedEarly) }
            return true
        case .failed(let error): throw .source(.system(error))
        }
    }
}
