import PingoraCore
import PingoraHTTP
import TestSupport
import Testing

@testable import PingoraProxy

@Suite("BodyWriter")
struct BodyWriterTests {
    struct Row: CustomTestStringConvertible {
        let testDescription: String
        let framing: BodyFraming
        let pieces: [String]
        /// What goes out; nil if the writer refuses.
        let output: String?
    }

    static let table: [Row] = [
        Row(testDescription: "none", framing: .none, pieces: [], output: ""),
        Row(testDescription: "none, but bytes", framing: .none, pieces: ["a"], output: nil),
        Row(
            testDescription: "a length", framing: .length(5), pieces: ["he", "llo"], output: "hello"
        ),
        Row(testDescription: "no length", framing: .length(0), pieces: [], output: ""),
        Row(testDescription: "one too many", framing: .length(4), pieces: ["hello"], output: nil),
        Row(testDescription: "one too few", framing: .length(6), pieces: ["hello"], output: nil),
        Row(
            testDescription: "chunks", framing: .chunked, pieces: ["hello", "!"],
            output: "5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n"),
        Row(testDescription: "no chunks", framing: .chunked, pieces: [], output: "0\r\n\r\n"),
        Row(
            testDescription: "a chunk of 26", framing: .chunked,
            pieces: ["abcdefghijklmnopqrstuvwxyz"],
            output: "1a\r\nabcdefghijklmnopqrstuvwxyz\r\n0\r\n\r\n"),
        Row(
            testDescription: "until close", framing: .untilClose, pieces: ["a", "b"], output: "ab"),
    ]

    /// What the writer makes of `pieces`; nil if it refuses.
    private func write(
        _ framing: BodyFraming, _ pieces: [String], trailers: Fields = Fields()
    ) throws -> String? {
        var pool = BufferPool()
        var buffer = ByteBuffer()
        pool.provide(&buffer)
        var writer = BodyWriter()
        writer.begin(framing)
        for piece in pieces {
            guard writer.frame(piece.utf8.count, into: &buffer) else { return nil }
            buffer.append(Array(piece.utf8).span)
        }
        guard try writer.finish(trailers: trailers, into: &buffer) else { return nil }
        return String(decoding: buffer.copied, as: UTF8.self)
    }

    @Test("sends what it announced, or refuses", arguments: table)
    func writes(_ row: Row) throws {
        #expect(try write(row.framing, row.pieces) == row.output)
    }

    @Test("puts trailers behind chunks, and nowhere else")
    func trailers() throws {
        var trailers = Fields()
        trailers.append("X-Sum", "1")
        let chunked = try write(.chunked, ["a"], trailers: trailers)
        #expect(chunked == "1\r\na\r\n0\r\nX-Sum: 1\r\n\r\n")
        #expect(try write(.length(1), ["a"], trailers: trailers) == "a")
        trailers.append("X-Bad", "a\r\nb")
        #expect(throws: SerializationError.self) {
            _ = try write(.chunked, [], trailers: trailers)
        }
    }

    @Test(
        "is read back as it was written, however it is cut",
        arguments: 1...50 as ClosedRange<UInt64>)
    func roundTrip(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let pieces = (0..<Int.random(in: 0...6, using: &random)).map { _ in
            Texts.bulk(Int.random(in: 1...300, using: &random))
        }
        let written = try #require(try write(.chunked, pieces))
        guard
            case .complete(let payload, let trailers, let count) = ChunkedText.parse(
                Array(written.utf8))
        else {
            Issue.record("not a chunked body: \(written)")
            return
        }
        #expect(payload == Array(pieces.joined().utf8))
        #expect(trailers.isEmpty && count == written.utf8.count)
    }
}
