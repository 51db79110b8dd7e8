import PingoraHTTP
import Testing

@testable import PingoraCore
@testable import PingoraProxy

/// Readers and writers that go on where others, in another process, stopped.
@Suite("BodyPlace")
struct BodyPlaceTests {
    /// Reads what stands in `buffer`; the payload.
    private func read(
        _ buffer: inout ByteBuffer, with reader: inout BodyReader
    ) throws -> [UInt8] {
        var payload: [UInt8] = []
        while true {
            switch try reader.next(&buffer) {
            case .payload(let count):
                payload += buffer.copied.prefix(count)
                buffer.consume(count)
            case .needsMore, .end: return payload
            }
        }
    }

    @Test("is where another reader goes on", arguments: BodyReaderTests.table)
    func readers(_ row: BodyReaderTests.Row) throws {
        let input = Array(row.input.utf8)
        var places: Set<BodyPlace> = []
        for split in 0...input.count {
            var pool = BufferPool()
            var buffer = ByteBuffer()
            pool.provide(&buffer)
            var (first, second) = (BodyReader(limits: .request), BodyReader(limits: .request))
            first.begin(row.framing)
            let (head, tail) = (input[..<split], input[split...])
            buffer.append(head.span)
            var payload = try read(&buffer, with: &first)
            guard let place = first.place else { continue }
            places.insert(place)
            // A reader that has read another body, with trailers, forgets it.
            second.begin(.chunked)
            var earlier = ByteBuffer()
            pool.provide(&earlier)
            earlier.append(Array("0\r\nX: 1\r\n\r\n".utf8).span)
            _ = try read(&earlier, with: &second)
            second.resume(at: place)
            #expect(second.place == place, "split at \(split)")
            buffer.append(tail.span)
            payload += try read(&buffer, with: &second)
            #expect(String(decoding: payload, as: UTF8.self) == row.payload, "split at \(split)")
            #expect(String(decoding: buffer.copied, as: UTF8.self) == row.rest)
            #expect(second.isAtEnd == row.isAtEnd, "split at \(split)")
            #expect(second.endsWithConnection == first.endsWithConnection)
        }
        #expect(!places.isEmpty)
    }

    @Test("may have nothing left of a length or of a chunk, as no reader here says it")
    func nothingLeft() throws {
        var pool = BufferPool()
        var buffer = ByteBuffer()
        pool.provide(&buffer)
        var reader = BodyReader(limits: .request)
        reader.resume(at: BodyPlace(.length, left: 0))
        #expect(reader.isAtEnd)
        reader.resume(at: BodyPlace(.chunkData, left: 0))
        buffer.append(Array("\r\n2\r\nhi\r\n0\r\n\r\n".utf8).span)
        guard case .payload(2) = try reader.next(&buffer) else {
            Issue.record("an empty piece")
            return
        }
        buffer.consume(2)
        #expect(try read(&buffer, with: &reader).isEmpty)
        #expect(reader.isAtEnd)
    }

    @Test("is where another writer goes on", arguments: BodyWriterTests.table)
    func writers(_ row: BodyWriterTests.Row) throws {
        for move in 0...row.pieces.count {
            #expect(try write(row, movingBefore: move) == row.output, "before piece \(move)")
        }
    }

    private func write(_ row: BodyWriterTests.Row, movingBefore move: Int) throws -> String? {
        var pool = BufferPool()
        var buffer = ByteBuffer()
        pool.provide(&buffer)
        var writer = BodyWriter()
        writer.begin(row.framing)
        for (index, piece) in row.pieces.enumerated() {
            if index == move { moveOn(&writer) }
            guard writer.frame(piece.utf8.count, into: &buffer) else { return nil }
            buffer.append(Array(piece.utf8).span)
        }
        if move == row.pieces.count { moveOn(&writer) }
        guard try writer.finish(trailers: Fields(), into: &buffer) else { return nil }
        #expect(writer.place == BodyPlace(.end))
        return String(decoding: buffer.copied, as: UTF8.self)
    }

    private func moveOn(_ writer: inout BodyWriter) {
        var next = BodyWriter()
        next.resume(at: writer.place)
        #expect(next.place == writer.place)
        writer = next
    }
}
