/// Takes the chunked coding off a body, however it is cut into pieces (RFC 9112 §7.1).
///
/// Strict: sizes are plain hexadecimal digits, lines end in CRLF, extensions are checked and
/// dropped. Payload is not copied: the decoder says where it lies.
public struct ChunkedDecoder: Sendable {
    /// What stands at the front of the input.
    public enum Event: Hashable, Sendable {
        /// Drop `consumed` bytes, receive more, ask again.
        case needsMore(consumed: Int)
        /// `count` bytes of payload lie at `offset`: drop both, then ask again.
        case data(offset: Int, count: Int)
        /// The body is complete; it ended `consumed` bytes into the input.
        case end(consumed: Int)
    }

    private enum State: Sendable {
        case size(digits: Int, value: Int)
        case extensions
        case sizeEnd
        case data(left: Int)
        case dataEnd(hasReturn: Bool)
        case trailers
        case ended
    }

    private let limits: ParseLimits
    private var state = State.size(digits: 0, value: 0)
    /// How many bytes of the body are behind us, and of them those before the trailers.
    private var position = 0
    private var trailersStart = 0
    private var chunkSize = 0
    private var lineBytes = 0
    private var extensionBytes = 0
    private var extensionCheck = ChunkExtension()
    private var trailerParser = FieldParser()
    /// The trailer fields, complete once the body has ended; those that may not be trailers are
    /// left out.
    public private(set) var trailers = Fields()
    private var trailerSection: [UInt8] = []

    /// A decoder at the start of a body.
    public init(limits: ParseLimits = .request) {
        self.limits = limits
    }

    /// Goes back to the start of a body.
    public mutating func reset() {
        state = .size(digits: 0, value: 0)
        (position, chunkSize, lineBytes, extensionBytes) = (0, 0, 0, 0)
        trailers.removeAll()
        trailerSection.removeAll(keepingCapacity: true)
    }

    /// Where a decoder stands between the lines of a body.
    package enum Place: Hashable, Sendable {
        /// Before a size line.
        case size
        /// Within a chunk, or before it.
        case data(left: Int)
        /// Before the CRLF behind a chunk, or in the middle of it.
        case dataEnd(hasReturn: Bool)
    }

    /// Where the decoder stands; nil within a line or the trailers, whose beginning is gone.
    package var place: Place? {
        switch state {
        case .size(digits: 0, value: _): .size
        case .data(let left): .data(left: left)
        case .dataEnd(let hasReturn): .dataEnd(hasReturn: hasReturn)
        case .size, .extensions, .sizeEnd, .trailers, .ended: nil
        }
    }

    /// Goes on in a body of which another decoder came this far.
    package mutating func resume(at place: Place) {
        reset()
        switch place {
        case .size: break
        case .data(let left): state = .data(left: left)
        case .dataEnd(let hasReturn): state = .dataEnd(hasReturn: hasReturn)
        }
    }

    /// Looks at the input.
    ///
    /// - Throws: `ParseError` as soon as a byte is wrong; the connection is of no use any more.
    public mutating func next(_ input: borrowing Span<UInt8>) throws(ParseError) -> Event {
        let event = try scan(input)
        switch event {
        case .needsMore(let consumed), .end(let consumed): position += consumed
        case .data(let offset, let count): position += offset + count
        }
        return event
    }

    private mutating func scan(_ input: borrowing Span<UInt8>) throws(ParseError) -> Event {
        var index = 0
        while index < input.count {
            switch state {
            case .ended: return .end(consumed: index)
            case .data(let left):
                let count = min(left, input.count - index)
                state = count == left ? .dataEnd(hasReturn: false) : .data(left: left - count)
                return .data(offset: index, count: count)
            case .trailers:
                guard let end = try readTrailers(input, from: index) else {
                    return .needsMore(consumed: input.count)
                }
                state = .ended
                return .end(consumed: end)
            default:
                try step(input.byte(index), at: position + index)
                index += 1
            }
        }
        if case .ended = state { return .end(consumed: index) }
        return .needsMore(consumed: index)
    }

    /// One byte of a size line, or of the CRLF after data.
    private mutating func step(_ byte: UInt8, at index: Int) throws(ParseError) {
        lineBytes += 1
        guard lineBytes <= limits.chunkLineBytes else {
            throw ParseError(.chunkLineTooLong, at: index)
        }
        switch state {
        case .size(let digits, let value): try stepSize(byte, digits, value, at: index)
        case .extensions:
            extensionBytes += 1
            guard extensionBytes <= limits.chunkExtensionBytes else {
                throw ParseError(.chunkLineTooLong, at: index)
            }
            if byte == 0x0d, extensionCheck.mayEnd {
                state = .sizeEnd
            } else if !extensionCheck.accept(byte) {
                throw ParseError(.badChunkExtension, at: index)
            }
        case .sizeEnd:
            guard byte == 0x0a else { throw ParseError(.bareCarriageReturn, at: index) }
            lineBytes = 0
            if chunkSize == 0 { beginTrailers(at: index + 1) }
            state = chunkSize == 0 ? .trailers : .data(left: chunkSize)
        case .dataEnd(let hasReturn):
            guard byte == (hasReturn ? 0x0a : 0x0d) else {
                throw ParseError(.badChunkEnd, at: index)
            }
            lineBytes = 0
            state = hasReturn ? .size(digits: 0, value: 0) : .dataEnd(hasReturn: true)
        case .data, .trailers, .ended: break
        }
    }

    private mutating func stepSize(
        _ byte: UInt8, _ digits: Int, _ value: Int, at index: Int
    ) throws(ParseError) {
        if let digit = hexadecimal(byte) {
            // 15 digits hold 60 bits; more would overflow, or are zeros without a use.
            guard digits < 15 else { throw ParseError(.chunkSizeTooLarge, at: index) }
            state = .size(digits: digits + 1, value: value << 4 | digit)
            return
        }
        guard digits > 0 else { throw ParseError(.badChunkSize, at: index) }
        chunkSize = value
        switch byte {
        case 0x0d: state = .sizeEnd
        case 0x3b:
            extensionCheck = ChunkExtension()
            state = .extensions
        default:
            throw ParseError(byte == 0x0a ? .bareLineFeed : .badChunkSize, at: index)
        }
    }

    private func hexadecimal(_ byte: UInt8) -> Int? {
        switch byte {
        case 0x30...0x39: Int(byte) - 0x30
        case 0x41...0x46, 0x61...0x66: Int(byte | 0x20) - 0x57
        default: nil
        }
    }

    private mutating func beginTrailers(at start: Int) {
        trailersStart = start
        trailerParser.begin(at: 0)
    }

    /// Gathers the trailer section; it is short, so it is copied. Returns where it ends.
    private mutating func readTrailers(
        _ input: borrowing Span<UInt8>, from start: Int
    ) throws(ParseError) -> Int? {
        let known = trailerSection.count
        let count = min(input.count - start, limits.trailerBytes - known)
        trailerSection.append(bytes: input.extracting(start..<start + count))
        // Local copies, since both the section and what reads it are parts of self.
        let section = trailerSection
        let end: Int?
        do {
            end = try trailerParser.parse(section.span, maximumCount: limits.trailerCount)
        } catch {
            throw ParseError(error.rule, at: trailersStart + error.offset)
        }
        guard let end else {
            guard section.count < limits.trailerBytes else {
                throw ParseError(.trailersTooLarge, at: trailersStart + limits.trailerBytes)
            }
            return nil
        }
        trailers.fill(section.span, &trailerParser.lines, ids: trailerParser.ids)
        TrailerRule.removeForbidden(&trailers)
        return start + end - known
    }
}
