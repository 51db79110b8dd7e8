import PingoraCore
import Testing

@Suite("ByteBuffer")
struct ByteBufferTests {
    private func text(_ buffer: borrowing ByteBuffer) -> String {
        let bytes = buffer.bytes
        return String(decoding: (0..<bytes.count).map { bytes[$0] }, as: UTF8.self)
    }

    @Test("gives back what was appended, in order")
    func appends() {
        var pool = BufferPool()
        var buffer = ByteBuffer()
        pool.provide(&buffer)
        buffer.append(Array("hello ".utf8).span)
        buffer.append(Array("world".utf8).span)
        #expect(text(buffer) == "hello world")
        buffer.consume(6)
        #expect(text(buffer) == "world")
        buffer.compact()
        #expect(text(buffer) == "world")
        let room = buffer.room
        #expect(room == BufferPool.smallCapacity - 5)
    }

    @Test("takes no more than it has room for")
    func fills() {
        var pool = BufferPool()
        var buffer = ByteBuffer()
        #expect(buffer.append([1, 2, 3].span) == 0)
        pool.provide(&buffer)
        let much = [UInt8](repeating: 7, count: BufferPool.smallCapacity + 1)
        #expect(buffer.append(much.span) == BufferPool.smallCapacity)
        let room = buffer.room
        #expect(room == 0)
    }

    @Test("keeps its bytes when it moves to larger storage")
    func enlarges() {
        var pool = BufferPool()
        var buffer = ByteBuffer()
        pool.provide(&buffer)
        buffer.append(Array("kept".utf8).span)
        pool.enlarge(&buffer)
        #expect(text(buffer) == "kept")
        let enlarged = buffer.capacity
        #expect(enlarged == BufferPool.largeCapacity)
        pool.reclaim(&buffer)
        let capacity = buffer.capacity
        #expect(capacity == 0)
        #expect(text(buffer).isEmpty)
    }
}
