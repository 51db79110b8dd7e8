/// A loop's store of buffer memory. Last in, first out: what was just used is still in the cache.
@safe package struct BufferPool: ~Copyable {
    /// Holds an ordinary head with room to spare, and bodies of some KiB in one read.
    package static let smallCapacity = 16 * 1024
    /// For heads beyond 16 KiB and for bulk bodies, where fewer and larger reads save system calls.
    package static let largeCapacity = 128 * 1024
    /// What is kept for reuse: 256 x 16 KiB and 16 x 128 KiB are 6 MiB per loop at most.
    private static let smallKept = 256
    private static let largeKept = 16

    private var small: [UnsafeMutablePointer<UInt8>] = unsafe []
    private var large: [UnsafeMutablePointer<UInt8>] = unsafe []

    /// A pool that holds nothing yet.
    package init() {}

    deinit {
        unsafe small.forEach { unsafe $0.deallocate() }
        unsafe large.forEach { unsafe $0.deallocate() }
    }

    /// Gives `buffer` storage of the small size if it has none.
    package mutating func provide(_ buffer: inout ByteBuffer) {
        guard buffer.capacity == 0 else { return }
        buffer = unsafe make(from: small.popLast(), capacity: BufferPool.smallCapacity)
    }

    /// Moves `buffer`'s bytes to storage of the large size, unless it is there already.
    package mutating func enlarge(_ buffer: inout ByteBuffer) {
        guard buffer.capacity < BufferPool.largeCapacity else { return buffer.compact() }
        var larger = unsafe make(from: large.popLast(), capacity: BufferPool.largeCapacity)
        larger.append(buffer.bytes)
        reclaim(&buffer)
        buffer = larger
    }

    /// Takes `buffer`'s storage back, with whatever is in it.
    package mutating func reclaim(_ buffer: inout ByteBuffer) {
        let capacity = buffer.capacity
        guard let storage = unsafe buffer.takeStorage() else { return }
        if capacity == BufferPool.smallCapacity, unsafe small.count < BufferPool.smallKept {
            unsafe small.append(storage)
        } else if capacity == BufferPool.largeCapacity, unsafe large.count < BufferPool.largeKept {
            unsafe large.append(storage)
        } else {
            unsafe storage.deallocate()
        }
    }

    private func make(from kept: UnsafeMutablePointer<UInt8>?, capacity: Int) -> ByteBuffer {
        if let kept = unsafe kept { return unsafe ByteBuffer(adopting: kept, capacity: capacity) }
        // Zeroed once, so that no path can ever send what an earlier owner of the memory left.
        let storage = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
        unsafe storage.initialize(repeating: 0, count: capacity)
        return unsafe ByteBuffer(adopting: storage, capacity: capacity)
    }
}
