import Testing

@testable import PingoraHTTP

/// What became of a chunked body.
enum ChunkedOutcome: Hashable, Sendable {
    /// The payload, the trailers as text, and the size of the coded body.
    case complete(String, String, Int)
    case rejected(ParseError)
    /// The payload so far.
    case incomplete(String)
}

/// Decodes a body that comes in pieces ending at `ends`, as a relay would: what was consumed is
/// not given again.
func decodeChunks(
    _ bytes: [UInt8], ends: [Int], limits: ParseLimits = .request
) -> ChunkedOutcome {
    var decoder = ChunkedDecoder(limits: limits)
    var payload: [UInt8] = []
    var start = 0
    do {
        for end in ends {
            while start < end {
                let event = try decoder.next(bytes.span.extracting(start..<end))
                switch event {
                case .needsMore(let consumed):
                    start += consumed
                    if start < end { return .incomplete("stuck at \(start)") }
                case .data(let offset, let count):
                    payload += bytes[start + offset..<start + offset + count]
                    start += offset + count
                case .end(let consumed):
                    let trailers = dump(decoder.trailers)
                    return .complete(latin1(payload), trailers, start + consumed)
                }
            }
        }
        return .incomplete(latin1(payload))
    } catch {
        return .rejected(error)
    }
}

/// The outcome of a chunked body in one piece, having checked that it is the same in two pieces
/// cut anywhere, and byte by byte.
func chunks(
    _ text: String, limits: ParseLimits = .request, location: SourceLocation = #_sourceLocation
) -> ChunkedOutcome {
    let bytes = latin1(text)
    let whole = decodeChunks(bytes, ends: [bytes.count], limits: limits)
    for cut in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 2000)) {
        let split = decodeChunks(bytes, ends: [cut, bytes.count], limits: limits)
        #expect(split == whole, "cut at \(cut)", sourceLocation: location)
        guard split == whole else { break }
    }
    let single = decodeChunks(bytes, ends: Array(0...bytes.count), limits: limits)
    #expect(single == whole, "byte by byte", sourceLocation: location)
    return whole
}
