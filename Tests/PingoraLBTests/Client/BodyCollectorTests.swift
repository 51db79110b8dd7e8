import PingoraHTTP
import Testing

@testable import PingoraCore
@testable import PingoraLB

@Suite("BodyCollector")
struct BodyCollectorTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        let framing: BodyFraming
        let input: String
        let maximum: Int
        let body: String
        var isWhole = true
        var rest = ""
        var testDescription: String { name }
    }

    static let rows = [
        Row(name: "none", framing: .none, input: "x", maximum: 9, body: "", rest: "x"),
        Row(name: "length 0", framing: .length(0), input: "x", maximum: 9, body: "", rest: "x"),
        Row(name: "length", framing: .length(3), input: "abcx", maximum: 9, body: "abc", rest: "x"),
        Row(
            name: "length at the maximum", framing: .length(3), input: "abc", maximum: 3,
            body: "abc"),
        Row(
            name: "length beyond", framing: .length(3), input: "abc", maximum: 2, body: "ab",
            isWhole: false),
        Row(
            name: "nothing wanted", framing: .length(1), input: "a", maximum: 0, body: "",
            isWhole: false),
        Row(name: "until close", framing: .untilClose, input: "abc", maximum: 3, body: "abc"),
        Row(
            name: "until close beyond", framing: .untilClose, input: "abc", maximum: 2, body: "ab",
            isWhole: false),
        Row(
            name: "chunks", framing: .chunked, input: "2\r\nab\r\n1;x\r\nc\r\n0\r\nT: u\r\n\r\nx",
            maximum: 9, body: "abc", rest: "x"),
        Row(
            name: "chunks at the maximum", framing: .chunked,
            input: "2\r\nab\r\n1\r\nc\r\n0\r\n\r\n", maximum: 3, body: "abc"),
        Row(
            name: "chunks beyond", framing: .chunked, input: "2\r\nab\r\n1\r\nc\r\n0\r\n\r\n",
            maximum: 2, body: "ab", isWhole: false),
    ]

    /// Feeds `input` in pieces of `size` bytes until no more is wanted.
    private func collect(_ row: Row, piecesOf size: Int) throws -> (BodyCollector, rest: String) {
        var pool = BufferPool()
        var buffer = ByteBuffer()
        pool.provide(&buffer)
        var collector = BodyCollector(row.framing, maximumBytes: row.maximum)
        var rest = Array(row.input.utf8)[...]
        while try collector.wantsMore(after: &buffer) {
            guard !rest.isEmpty else {
                #expect(collector.connectionEnded() == (row.framing == .untilClose))
                break
            }
            buffer.append(Array(rest.prefix(size)).span)
            rest = rest.dropFirst(size)
        }
        let bytes = buffer.bytes
        let left = (0..<bytes.count).map { bytes[$0] } + rest
        return (collector, String(decoding: left, as: UTF8.self))
    }

    @Test("gathers what belongs to a body, however it is cut", arguments: rows)
    func gathers(row: Row) throws {
        for size in 1...row.input.utf8.count {
            let (collector, rest) = try collect(row, piecesOf: size)
            #expect(String(decoding: collector.bytes, as: UTF8.self) == row.body)
            #expect(collector.isWhole == row.isWhole)
            if row.isWhole { #expect(rest == row.rest) }
        }
    }

    @Test(
        "is not whole where the connection ends too early",
        arguments: [(BodyFraming.length(4), "abc"), (.chunked, "3\r\nabc\r\n"), (.chunked, "")])
    func truncated(framing: BodyFraming, input: String) throws {
        let row = Row(name: "", framing: framing, input: input, maximum: 9, body: "")
        let (collector, _) = try collect(row, piecesOf: 1)
        #expect(!collector.isWhole)
    }

    @Test("refuses malformed chunks")
    func malformed() {
        let row = Row(name: "", framing: .chunked, input: "x\r\n", maximum: 9, body: "")
        #expect(throws: ParseError.self) { try collect(row, piecesOf: 9) }
    }
}
