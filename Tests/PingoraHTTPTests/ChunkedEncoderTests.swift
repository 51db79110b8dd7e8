import TestSupport
import Testing

@testable import PingoraHTTP

@Suite("ChunkedEncoder")
struct ChunkedEncoderTests {
    private func prefix(_ count: Int, isFirst: Bool) -> String {
        var room = [UInt8](repeating: 0, count: ChunkedEncoder.longestPrefix)
        var span = room.mutableSpan
        let size = ChunkedEncoder.writePrefix(count: count, isFirst: isFirst, into: &span)
        return latin1(room[..<size])
    }

    private func end(
        isFirst: Bool, _ trailers: Fields, room: Int = 100
    ) throws(SerializationError) -> String {
        var output = [UInt8](repeating: 0, count: room)
        var span = output.mutableSpan
        let size = try ChunkedEncoder.writeEnd(isFirst: isFirst, trailers: trailers, into: &span)
        return latin1(output[..<size])
    }

    static let prefixes: [(Int, String)] = [
        (1, "1\r\n"), (9, "9\r\n"), (10, "a\r\n"), (15, "f\r\n"), (16, "10\r\n"), (255, "ff\r\n"),
        (256, "100\r\n"), (65_535, "ffff\r\n"), (1 << 32, "100000000\r\n"),
        (.max, "7fffffffffffffff\r\n"),
    ]

    @Test("writes a size", arguments: prefixes)
    func size(count: Int, text: String) {
        #expect(prefix(count, isFirst: true) == text)
        #expect(prefix(count, isFirst: false) == "\r\n" + text)
    }

    @Test("writes the end, with trailers")
    func ends() throws {
        var trailers = Fields()
        #expect(try end(isFirst: true, trailers) == "0\r\n\r\n")
        #expect(try end(isFirst: false, trailers) == "\r\n0\r\n\r\n")
        trailers.append("Checksum", "abc")
        trailers.append("x", "")
        #expect(try end(isFirst: false, trailers) == "\r\n0\r\nChecksum: abc\r\nx: \r\n\r\n")
    }

    @Test("refuses to write beyond its room, or what is not a value")
    func refuses() throws {
        var trailers = Fields()
        #expect(try end(isFirst: false, trailers, room: 7) == "\r\n0\r\n\r\n")
        #expect(throws: SerializationError.tooLarge) { try end(isFirst: false, trailers, room: 6) }
        trailers.append("x", "a\r\nb")
        #expect(throws: SerializationError.invalidField("x")) { try end(isFirst: true, trailers) }
    }

    @Test("what it writes is decoded to the same", arguments: 0..<200 as Range<UInt64>)
    func roundTrip(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var (payload, coded): ([UInt8], String) = ([], "")
        for index in 0..<Int.random(in: 0...6, using: &random) {
            let bits = Int.random(in: 0...9, using: &random)
            let count = Int.random(in: 1...1 << bits, using: &random)
            let chunk = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            coded += prefix(count, isFirst: index == 0) + latin1(chunk)
            payload += chunk
        }
        var trailers = Fields()
        for index in 0..<Int.random(in: 0...3, using: &random) {
            trailers.append("Trailer-Field", "value \(index)")
        }
        coded += try end(isFirst: payload.isEmpty, trailers, room: 200)
        let bytes = latin1(coded)
        let expected = ChunkedOutcome.complete(latin1(payload), dump(trailers), bytes.count)
        #expect(decodeChunks(bytes, ends: [bytes.count]) == expected)
        for _ in 0..<20 {
            let cuts = (0..<5).map { _ in Int.random(in: 0...bytes.count, using: &random) }
            #expect(decodeChunks(bytes, ends: cuts.sorted() + [bytes.count]) == expected)
        }
    }
}
