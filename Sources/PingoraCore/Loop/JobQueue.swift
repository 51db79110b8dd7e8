/// The jobs that are ready to run on a loop: a plain growing ring, for the loop's own thread only.
struct JobQueue: ~Copyable {
    /// Invariant: the capacity is a power of two, so that an index wraps with one mask.
    private var ring: [UnownedJob?] = Array(repeating: nil, count: 256)
    private var head = 0
    private var tail = 0

    var isEmpty: Bool { head == tail }

    mutating func append(_ job: UnownedJob) {
        if tail &- head == ring.count { grow() }
        ring[tail & (ring.count &- 1)] = job
        tail &+= 1
    }

    mutating func popFirst() -> UnownedJob? {
        guard head != tail else { return nil }
        let job = ring[head & (ring.count &- 1)]
        head &+= 1
        return job
    }

    private mutating func grow() {
        var wider = [UnownedJob?](repeating: nil, count: ring.count * 2)
        for offset in 0..<ring.count {
            wider[offset] = ring[(head &+ offset) & (ring.count &- 1)]
        }
        ring = wider
        (head, tail) = (0, tail &- head)
    }
}
