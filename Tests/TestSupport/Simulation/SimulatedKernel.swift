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

    var sockets: [CInt: SimulatedSocket] = [:]
    var epolls: [CInt: SimulatedEpoll] = [:]
    var counters: [CInt: UInt64] = [:]
    private var nextDescriptor: CInt = 1000

    public init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
    }

    /// Runs `body` with this kernel in the place of Linux, for the calling thread.
    public func run<Result>(_ body: () throws -> Result) rethrows -> Result {
        clinux_use_kernel(&simulatedTable, Unmanaged.passUnretained(self).toOpaque())
        defer { clinux_use_kernel(nil, nil) }
        return try body()
    }

    /// Descriptors that are open, to find leaks.
    public var openDescriptors: Int { sockets.count + epolls.count + counters.count }

    /// Lets time pass.
    public func advance(milliseconds: Int64) {
        now += milliseconds * 1_000_000
    }

    /// Descriptors are numbers that Linux will not give out here, so that a mix-up shows.
    func newDescriptor() -> CInt {
        nextDescriptor += 1
        return nextDescriptor
    }

    /// Something happened to `descriptor`: whoever watches it is told once.
    func notify(_ descriptor: CInt, _ bits: UInt32) {
        for epoll in epolls.values { epoll.mark(descriptor, bits) }
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

    /// Waits as epoll_wait does; time jumps to the timeout when nothing is ready.
    func wait(
        _ epoll: CInt, _ events: UnsafeMutablePointer<epoll_event>, _ capacity: Int,
        _ timeoutMilliseconds: CInt
    ) -> CInt {
        guard let epoll = epolls[epoll] else { return -EBADF }
        let count = epoll.take(into: events, capacity: capacity, kernel: self)
        if count == 0, timeoutMilliseconds > 0 { advance(milliseconds: Int64(timeoutMilliseconds)) }
        return CInt(count)
    }

    /// How much of `wanted` a call moves this time, at least 1.
    func portion(of wanted: Int) -> Int {
        guard cutsShort, wanted > 1, Bool.random(using: &random) else { return wanted }
        return Int.random(in: 1...wanted, using: &random)
    }
}
