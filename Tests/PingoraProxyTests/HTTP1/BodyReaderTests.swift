import PingoraCore
import PingoraHTTP
import TestSupport
import Testing

@testable import PingoraProxy

@Suite("BodyReader")
struct BodyReaderTests {
    struct Row: CustomTestStringConvertible {
        let testDescription: String
        let framing: BodyFraming
        let input: String
        let payload: String
        /// What is left behind the body.
        var rest = ""
        var isAtEnd = true
    }

    static let table: [Row] = [
        Row(testDescription: "none", framing: .none, input: "next", payload: "", rest: "next"),
        Row(
            testDescription: "no length", framing: .length(0), input: "next", payload: "",
            rest: "next"),
        Row(
            testDescription: "a length", framing: .length(5), input: "hellonext",
            payload: "hello", rest: "next"),
        Row(
            testDescription: "a length not reached", framing: .length(9), input: "hello",
            payload: "hello", isAtEnd: false),
        Row(
            testDescription: "chunks", framing: .chunked,
            input: "5\r\nhello\r\n1\r\n!\r\n0\r\n\r\nnext", payload: "hello!", rest: "next"),
        Row(
            testDescription: "chunks with extensions and trailers", framing: .chunked,
            input: "5;a=b\r\nhello\r\n0\r\nX: 1\r\n\r\nnext", payload: "hello", rest: "next"),
        Row(
            testDescription: "chunks without an end", framing: .chunked,
            input: "5\r\nhello\r\n", payload: "hello", isAtEnd: false),
        Row(
            testDescription: "until close", framing: .untilClose, input: "hello\r\n0\r\n\r\n",
            payload: "hello\r\n0\r\n\r\n", isAtEnd: false),
    ]

    /// Feeds `pieces` one after the other.
    private func read(
        _ framing: BodyFraming, _ pieces: [ArraySlice<UInt8>]
    ) throws -> (payload: String, rest: String, isAtEnd: Bool) {
        var pool = BufferPool()
        var buffer = ByteBuffer()
        pool.provide(&buffer)
        var reader = BodyReader(limits: .request)
        reader.begin(framing)
        var payload: [UInt8] = []
        for piece in pieces {
            buffer.append(piece.span)
            reading: while true {
                switch try reader.next(&buffer) {
                case .payload(let count):
                    payload += buffer.copied.prefix(count)
                    buffer.consume(count)
                case .needsMore, .end: break reading
                }
            }
        }
        let rest = buffer.copied
        return (
            String(decoding: payload, as: UTF8.self), String(decoding: rest, as: UTF8.self),
            reader.isAtEnd
        )
    }

    @Test("finds the body wherever the input is split", arguments: table)
    func splits(_ row: Row) throws {
        let input = Array(row.input.utf8)
        for split in 0...input.count {
            let read = try read(row.framing, [input[..<split], input[split...]])
            #expect(read == (row.payload, row.rest, row.isAtEnd), "split at \(split)")
        }
    }

    @Test("finds the body in single bytes", arguments: table)
    func singleBytes(_ row: Row) throws {
        let input = Array(row.input.utf8)
        let read = try read(row.framing, input.indices.map { input[$0...$0] })
        #expect(read == (row.payload, row.rest, row.isAtEnd))
    }

    struct End: CustomTestStringConvertible {
        let testDescription: String
        let framing: BodyFraming
        let input: String
        let isComplete: Bool
    }

    static let ends: [End] = [
        End(testDescription: "none", framing: .none, input: "", isComplete: true),
        End(testDescription: "a length", framing: .length(2), input: "ab", isComplete: true),
        End(testDescription: "less", framing: .length(2), input: "a", isComplete: false),
        End(
            testDescription: "chunks", framing: .chunked, input: "0\r\n\r\n", isComplete: true),
        End(testDescription: "no last chunk", framing: .chunked, input: "0\r\n", isComplete: false),
        End(testDescription: "until close", framing: .untilClose, input: "a", isComplete: true),
    ]

    @Test(
        "takes the end of the connection for the end of the body only where it is", arguments: ends)
    func connectionEnds(_ end: End) throws {
        var pool = BufferPool()
        var buffer = ByteBuffer()
        pool.provide(&buffer)
        buffer.append(Array(end.input.utf8).span)
        var reader = BodyReader(limits: .request)
        reader.begin(end.framing)
        var isReading = true
        while isReading {
            switch try reader.next(&buffer) {
            case .payload(let count): buffer.consume(count)
            case .needsMore, .end: isReading = false
            }
        }
        #expect(reader.connectionEnded() == end.isComplete)
        #expect(reader.isAtEnd == end.isComplete)
    }

    @Test("throws at a broken chunk and remembers no trailers of an earlier body")
    func chunks() throws {
        #expect(throws: ParseError.self) { try read(.chunked, [Array("5\nhello".utf8)[...]]) }
        var pool = BufferPool()
        var buffer = ByteBuffer()
        pool.provide(&buffer)
        var reader = BodyReader(limits: .request)
        reader.begin(.chunked)
        buffer.append(Array("0\r\nX: 1\r\n\r\n".utf8).span)
        _ = try reader.next(&buffer)
        #expect(reader.hasTrailers && reader.trailers["X"] == "1")
        reader.begin(.chunked)
        #expect(!reader.hasTrailers)
    }

    @Test("remembers no trailers of an earlier body when the next has a length")
    func trailersOfAnEarlierBody() throws {
        var pool = BufferPool()
        var buffer = ByteBuffer()
        pool.provide(&buffer)
        var reader = BodyReader(limits: .request)
        reader.begin(.chunked)
        buffer.append(Array("0\r\nX: 1\r\n\r\n".utf8).span)
        _ = try reader.next(&buffer)
        reader.begin(.length(3))
        #expect(!reader.hasTrailers)
    }

    @Test("knows how much is sure to come")
    func knownRest() throws {
        var reader = BodyReader(limits: .request)
        reader.begin(.length(40_000))
        #expect(reader.knownRest == 40_000 && !reader.endsWithConnection)
        reader.begin(.chunked)
        #expect(reader.knownRest == 0)
        reader.begin(.untilClose)
        #expect(reader.knownRest == 0 && reader.endsWithConnection)
    }
}

extension ByteBuffer {
    var copied: [UInt8] {
        let bytes = self.bytes
        return (0..<bytes.count).map { bytes[$0] }
    }
}
