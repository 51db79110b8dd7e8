import CLinux
import Glibc

/// A kernel from a seed: sockets, epoll and time without Linux, in one thread.
///
/// Code under test runs unchanged on it, through the table of CLinux. Reads and writes are cut
/// short at random, connections can be reset, time only passes when everybody waits. The same seed
/// gives the same run, byte for byte.
public final class SimulatedKernel {
    /// Nanoseconds since the simulation began, plus one second.
    public private(set) var now: Int64 = 1_000_000_000
    public var random: SeededGenerator
    /// How many bytes a socket's buffer holds.
    public var socketBuffer = 16 * 1024
    /// Whether reads and writes are cut short at random.
    public var cutsShort = true
    /// No wait makes time pass beyond this: somebody outside of the loop has something to do then.
    public var alarm = Int64.max
    /// How often anything happened on a socket.
    public private(set) var eventCount = 0
    /// No wait makes time pass once `eventCount` is beyond this: somebody outside of the loop has
    /// not seen yet what happened. Nil where nobody is there.
    public var seenEventCount: Int?
    /// How many descriptors may be open; beyond: EMFILE.
    public var descriptorLimit = Int.max
    /// Addresses at which nobody ever answers, so that a connect hangs.
    public var silentAddresses: [SimulatedAddress] = []
    /// How many events the last wait returned.
    public private(set) var lastEventCount = 0
    /// Whether the last wait would have lasted for ever.
    public private(set) var isStuck = false

    /// How often something new was sent on a connection that its owner knew to be over; see
    /// ``SimulatedEndpoint/sayFarewell(surplus:)``.
    public internal(set) var wrongSends = 0
    /// How often something new was sent on one that was over, when its owner could not know yet.
    public internal(set) var excusedSends = 0

    var sockets: [CInt: SimulatedSocket] = [:]
    var epolls: [CInt: SimulatedEpoll] = [:]
    var counters: [CInt: UInt64] = [:]
    private var nextDescriptor: CInt = 1000
    private var nextPort: UInt16 = 40_000

    public init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
    }

    /// Runs `body` with this kernel in the place of Linux, for the calling thread.
    public func run<Result>(_ body: () throws -> Result) rethrows -> Result {
        clinux_use_kernel(&simulatedTable, Unmanaged.passUnretained(self).toOpaque())
        defer {
            clinux_use_kernel(nil, nil)
            clinux_set_current_loop(nil)
        }
        return try body()
    }

    /// Descriptors that are open, to find leaks.
    public var openDescriptors: Int { sockets.count + epolls.count + counters.count }

    /// Lets time pass.
    public func advance(milliseconds: Int64) {
        now += milliseconds * 1_000_000
    }

    /// A free port, as a connect without a bind takes one.
    func newPort() -> UInt16 {
        nextPort &+= 1
        return nextPort
    }

    /// Descriptors are numbers that Linux will not give out here, so that a mix-up shows. -EMFILE
    /// when all are taken.
    func newDescriptor() -> CInt {
        guard openDescriptors < descriptorLimit else { return -EMFILE }
        nextDescriptor += 1
        return nextDescriptor
    }

    /// The other end of a connection is the kernel's before somebody accepts it: no limit holds.
    func newAcceptedDescriptor() -> CInt {
        nextDescriptor += 1
        return nextDescriptor
    }

    /// Something happened to `descriptor`: whoever watches it is told once.
    func notify(_ descriptor: CInt, _ bits: UInt32) {
        eventCount += 1
        for epoll in epolls.values { epoll.mark(descriptor, bits) }
    }

    /// What a poll of `descriptor` would report.
    func readyBits(_ descriptor: CInt) -> UInt32 {
        if let count = counters[descriptor] { return count > 0 ? EPOLLIN.rawValue : 0 }
        return sockets[descriptor]?.readyBits(buffer: socketBuffer) ?? 0
    }

    func close(_ descriptor: CInt) -> CInt {
        for epoll in epolls.values { epoll.forget(descriptor) }
        if let socket = sockets.removeValue(forKey: descriptor) {
            socket.close(in: self)
            return 0
        }
        if epolls.removeValue(forKey: descriptor) != nil { return 0 }
        if counters.removeValue(forKey: descriptor) != nil { return 0 }
        return -EBADF
    }

    /// Waits as epoll_wait does; time jumps to the timeout, or to the alarm, when nothing is ready.
    func wait(
        _ epoll: CInt, _ events: UnsafeMutablePointer<epoll_event>, _ capacity: Int,
        _ timeoutMilliseconds: CInt
    ) -> CInt {
        guard let epoll = epolls[epoll] else { return -EBADF }
        lastEventCount = epoll.take(into: events, capacity: capacity, kernel: self)
        isStuck = false
        guard lastEventCount == 0, timeoutMilliseconds != 0 else { return CInt(lastEventCount) }
        if let seenEventCount, seenEventCount != eventCount { return 0 }
        let end =
            timeoutMilliseconds < 0
            ? Int64.max : now + Int64(timeoutMilliseconds) * 1_000_000
        let wakes = min(end, alarm)
        isStuck = wakes == .max
        if !isStuck { now = max(now, wakes) }
        return 0
    }

    /// How much of `wanted` a call moves this time, at least 1.
    func portion(of wanted: Int) -> Int {
        guard cutsShort, wanted > 1, Bool.random(using: &random) else { return wanted }
        return Int.random(in: 1...wanted, using: &random)
    }
}
