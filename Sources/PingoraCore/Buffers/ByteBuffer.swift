import CLinux

/// Bytes on their way: filled at the end, emptied at the front.
///
/// A buffer without storage is empty and has no room; ``BufferPool`` gives it storage and takes it
/// back, so that an idle connection holds none.
///
/// Invariant: `0 <= start <= end <= capacity`, and `base` is nil exactly when `capacity` is 0.
@safe package struct ByteBuffer: ~Copyable {
    private(set) var base: UnsafeMutablePointer<UInt8>?
    package private(set) var capacity = 0
    private var start = 0
    private var end = 0

    /// A buffer without storage.
    package init() {
        unsafe base = nil
    }

    /// A buffer over `base`, which it owns from now on.
    init(adopting base: UnsafeMutablePointer<UInt8>, capacity: Int) {
        unsafe self.base = unsafe base
        self.capacity = capacity
    }

    deinit {
        unsafe base?.deallocate()
    }

    /// Bytes that are filled and not yet consumed.
    package var count: Int { end &- start }
    package var isEmpty: Bool { start == end }
    /// Bytes that fit behind the filled ones.
    package var room: Int { capacity &- end }

    /// The filled bytes.
    package var bytes: Span<UInt8> {
        @_lifetime(borrow self)
        get {
            // SAFETY: base has `capacity` initialised bytes, start...end lies within.
            let filled = unsafe UnsafeBufferPointer(
                start: base.map { unsafe UnsafePointer($0) + start }, count: count)
            let span = unsafe Span(_unsafeElements: filled)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    /// The free bytes; ``commit(_:)`` says how many were filled.
    package var free: MutableSpan<UInt8> {
        @_lifetime(&self)
        mutating get {
            // SAFETY: as above, for end...capacity.
            let free = unsafe UnsafeMutableBufferPointer(
                start: base.map { unsafe $0 + end }, count: room)
            let span = unsafe MutableSpan(_unsafeElements: free)
            return unsafe _overrideLifetime(span, mutating: &self)
        }
    }

    /// Counts `count` bytes of ``free`` as filled.
    package mutating func commit(_ count: Int) {
        precondition(count >= 0 && count <= room, "commit beyond the buffer's room")
        end &+= count
    }

    /// Drops `count` bytes from the front.
    package mutating func consume(_ count: Int) {
        precondition(count >= 0 && count <= self.count, "consume beyond the buffer's bytes")
        start &+= count
        if start == end { (start, end) = (0, 0) }
    }

    package mutating func removeAll() {
        (start, end) = (0, 0)
    }

    /// Appends as much of `source` as fits; returns how much that was.
    @discardableResult
    package mutating func append(_ source: borrowing Span<UInt8>) -> Int {
        let fitting = min(source.count, room)
        guard fitting > 0, let base = unsafe base else { return 0 }
        // SAFETY: both ranges hold `fitting` bytes and do not overlap: the source is borrowed
        // while self is being changed.
        unsafe source.withUnsafeBufferPointer { source in
            guard let from = source.baseAddress else { return }
            unsafe (base + end).update(from: from, count: fitting)
        }
        end &+= fitting
        return fitting
    }

    /// Moves the filled bytes to the front, so that all room is behind them.
    package mutating func compact() {
        guard start > 0, let base = unsafe base else { return }
        // SAFETY: `update(from:)` is a memmove within one allocation.
        unsafe base.update(from: base + start, count: count)
        (start, end) = (0, count)
    }

    /// Receives once from `descriptor` into the room: the count, 0 at the end, or -errno.
    mutating func receive(from descriptor: CInt) -> Int {
        guard let base = unsafe base else { return 0 }
        // SAFETY: `room` bytes are free behind `end`.
        let count = unsafe clinux_recv(descriptor, base + end, room)
        if count > 0 { end &+= count }
        return count
    }

    /// Sends the filled bytes and then `extra` in one call: the count of both, or -errno. Consumes
    /// nothing.
    func send(to descriptor: CInt, followedBy extra: borrowing Span<UInt8>) -> Int {
        // SAFETY: both pointers are valid for their counts during the call.
        unsafe extra.withUnsafeBufferPointer { extra in
            guard count > 0, let base = unsafe base else {
                guard let only = extra.baseAddress else { return 0 }
                return unsafe clinux_send(descriptor, only, extra.count, nil, 0)
            }
            return unsafe clinux_send(
                descriptor, base + start, count, extra.baseAddress, extra.count)
        }
    }

    /// Gives the storage away; self is left without.
    mutating func takeStorage() -> UnsafeMutablePointer<UInt8>? {
        let storage = unsafe base
        unsafe base = nil
        (capacity, start, end) = (0, 0, 0)
        return unsafe storage
    }
}
