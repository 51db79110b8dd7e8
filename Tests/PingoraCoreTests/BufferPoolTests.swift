import PingoraCore
import Testing

@Suite("BufferPool")
struct BufferPoolTests {
    @Test("leaves a buffer that has storage as it is")
    func keeps() {
        var pool = BufferPool()
        var buffer = ByteBuffer()
        pool.provide(&buffer)
        buffer.append([1, 2, 3].span)
        pool.provide(&buffer)
        #expect(buffer.copied == [1, 2, 3])
    }

    @Test("gives storage out again empty, small for small and large for large")
    func reuses() {
        var pool = BufferPool()
        for round in 0..<3 {
            var small = ByteBuffer()
            var large = ByteBuffer()
            pool.provide(&small)
            pool.enlarge(&large)
            let capacities = [small.capacity, large.capacity]
            #expect(capacities == [BufferPool.smallCapacity, BufferPool.largeCapacity])
            let counts = [small.count, large.count]
            #expect(counts == [0, 0])
            small.append([UInt8](repeating: UInt8(round), count: 100).span)
            pool.reclaim(&small)
            pool.reclaim(&large)
            pool.reclaim(&large)
            let left = [small.capacity, small.count, large.capacity, large.room]
            #expect(left == [0, 0, 0, 0])
        }
    }

    @Test("gets all its room back when a large buffer is enlarged again")
    func compacts() {
        var pool = BufferPool()
        var buffer = ByteBuffer()
        pool.enlarge(&buffer)
        buffer.append([UInt8](repeating: 5, count: BufferPool.largeCapacity).span)
        buffer.consume(1000)
        let full = buffer.room
        #expect(full == 0)
        pool.enlarge(&buffer)
        let (room, count) = (buffer.room, buffer.count)
        #expect(room == 1000 && count == BufferPool.largeCapacity - 1000)
    }

    @Test("takes back more than it keeps")
    func many() {
        var pool = BufferPool()
        func fill(_ left: Int) {
            guard left > 0 else { return }
            var buffer = ByteBuffer()
            pool.provide(&buffer)
            fill(left - 1)
            pool.reclaim(&buffer)
        }
        fill(400)
        fill(400)
        var buffer = ByteBuffer()
        pool.provide(&buffer)
        let (room, count) = (buffer.room, buffer.count)
        #expect(room == BufferPool.smallCapacity && count == 0)
    }
}

@Suite("ByteBuffer at its limits")
struct ByteBufferLimitsTests {
    @Test("traps rather than count bytes that are not there")
    func traps() async {
        await #expect(processExitsWith: .failure) {
            var pool = BufferPool()
            var buffer = ByteBuffer()
            pool.provide(&buffer)
            buffer.commit(BufferPool.smallCapacity + 1)
        }
        await #expect(processExitsWith: .failure) {
            var buffer = ByteBuffer()
            buffer.consume(1)
        }
    }

    @Test("takes and drops nothing where there is nothing")
    func nothing() {
        var buffer = ByteBuffer()
        buffer.commit(0)
        buffer.consume(0)
        buffer.compact()
        buffer.removeAll()
        let (isEmpty, free) = (buffer.isEmpty, buffer.free.count)
        #expect(isEmpty && free == 0)
    }

    @Test("has all its room again once everything is consumed")
    func rewinds() {
        var pool = BufferPool()
        var buffer = ByteBuffer()
        pool.provide(&buffer)
        buffer.append([UInt8](repeating: 1, count: BufferPool.smallCapacity).span)
        buffer.consume(BufferPool.smallCapacity - 1)
        let before = buffer.room
        buffer.consume(1)
        let after = buffer.room
        #expect(before == 0 && after == BufferPool.smallCapacity)
    }
}
