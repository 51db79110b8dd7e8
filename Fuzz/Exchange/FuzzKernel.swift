import CLinux
import Glibc

/// Linux, with a clock that only goes on when everybody waits: sockets and epoll are real, and a
/// deadline of seconds costs no time.
///
/// A reset is played where Linux has none: SO_LINGER does nothing on a Unix socket, so who reads
/// behind a connection that was closed that way gets ECONNRESET from here.
///
/// Invariant: everything happens on the thread that called ``install()``.
final class FuzzKernel {
    /// Nanoseconds since the start, plus one second.
    private(set) var now: Int64 = 1_000_000_000
    /// No wait makes time pass beyond this: a peer has something to do then.
    var alarm = Int64.max
    /// How often the engine did something that a peer may want to see.
    private(set) var eventCount = 0
    /// No wait makes time pass where `eventCount` is not this: the peers have to look first.
    var seenEventCount = 0
    /// Whether a peer can do more at once.
    var isBusy = false

    private let table: UnsafeMutablePointer<clinux_kernel>
    /// By descriptor: the other end, whether it is to be closed with a reset, and whether the
    /// other end was.
    private var partners = [CInt](repeating: -1, count: FuzzKernel.descriptorLimit)
    private var resetsOnClose = [Bool](repeating: false, count: FuzzKernel.descriptorLimit)
    private var isReset = [Bool](repeating: false, count: FuzzKernel.descriptorLimit)
    /// By descriptor: whether all has been read, and nothing was sent since.
    private var isQuiet = [Bool](repeating: false, count: FuzzKernel.descriptorLimit)
    /// Connecting ends whose other end has not been accepted yet, in order.
    private var connecting: [CInt] = []

    /// A round has a few dozen descriptors.
    private static let descriptorLimit = 4096
    /// 2026, so that dates look like dates.
    private static let epoch: Int64 = 1_767_225_600_000_000_000

    init() {
        table = .allocate(capacity: 1)
        table.initialize(to: fuzzTable())
    }

    /// Puts it in the place of Linux, for the calling thread and for good.
    func install() {
        clinux_use_kernel(table, Unmanaged.passRetained(self).toOpaque())
    }

    /// Two ends of a connection, with send buffers of `buffer` bytes (Linux takes at least 2304).
    func makePair(buffer: CInt) -> (near: CInt, far: CInt)? {
        var ends: [CInt] = [-1, -1]
        guard clinux_linux.socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, &ends) == 0 else {
            return nil
        }
        pair(ends[0], ends[1])
        for end in ends { _ = clinux_linux.setsockopt(end, SOL_SOCKET, SO_SNDBUF, buffer) }
        return (ends[0], ends[1])
    }

    private func pair(_ first: CInt, _ second: CInt) {
        (partners[Int(first)], partners[Int(second)]) = (second, first)
    }

    // MARK: What differs from Linux

    func wait(
        _ epoll: CInt, _ events: UnsafeMutablePointer<epoll_event>, _ capacity: CInt,
        milliseconds: CInt
    ) -> CInt {
        let count = clinux_linux.epoll_wait(epoll, events, capacity, 0)
        guard count == 0, !isBusy, eventCount == seenEventCount else { return count }
        let end = milliseconds < 0 ? alarm : min(alarm, now + Int64(milliseconds) * 1_000_000)
        if end != .max { now = max(now, end) }
        return 0
    }

    /// Asks Linux only where something may have come: peers look very often.
    func receive(_ number: CInt, _ bytes: UnsafeMutableRawPointer, _ count: Int) -> Int {
        if isQuiet[Int(number)] { return -Int(EAGAIN) }
        let result = clinux_linux.recv(number, bytes, count)
        if result == -Int(EAGAIN), partners[Int(number)] >= 0 { isQuiet[Int(number)] = true }
        return result == 0 && isReset[Int(number)] ? -Int(ECONNRESET) : result
    }

    func accept(
        _ number: CInt, _ address: UnsafeMutablePointer<sockaddr>?,
        _ size: UnsafeMutablePointer<socklen_t>?
    ) -> CInt {
        if connecting.isEmpty { return -EAGAIN }
        let accepted = clinux_linux.accept(number, address, size)
        guard accepted >= 0 else { return accepted }
        let connected = connecting.removeFirst()
        if connected >= 0 { pair(connected, accepted) }
        return accepted
    }

    func connect(_ number: CInt, _ address: UnsafePointer<sockaddr>, _ size: socklen_t) -> CInt {
        eventCount += 1
        let result = clinux_linux.connect(number, address, size)
        if result == 0 { connecting.append(number) }
        return result
    }

    func setOption(_ number: CInt, _ level: CInt, _ name: CInt, _ value: CInt) -> CInt {
        if level == SOL_SOCKET, name == SO_LINGER, value == 0 { resetsOnClose[Int(number)] = true }
        return clinux_linux.setsockopt(number, level, name, value)
    }

    func close(_ number: CInt) -> CInt {
        eventCount += 1
        let index = Int(number)
        let partner = partners[index]
        if partner >= 0 {
            isReset[Int(partner)] = resetsOnClose[index]
            partners[Int(partner)] = -1
            isQuiet[Int(partner)] = false
        } else if let place = connecting.firstIndex(of: number) {
            connecting[place] = -1
        }
        (partners[index], resetsOnClose[index], isReset[index]) = (-1, false, false)
        isQuiet[index] = false
        return clinux_linux.close(number)
    }

    /// The other end of `number` may see something new.
    func noteEvent(on number: CInt) {
        eventCount += 1
        let partner = partners[Int(number)]
        if partner >= 0 { isQuiet[Int(partner)] = false }
    }

    var realtime: Int64 { FuzzKernel.epoch + now }
}

/// The kernel that the calling thread is in.
private var current: FuzzKernel {
    guard let context = clinux_context() else {
        preconditionFailure("the table is used without its kernel")
    }
    return Unmanaged<FuzzKernel>.fromOpaque(context).takeUnretainedValue()
}

private func fuzzTable() -> clinux_kernel {
    var table = clinux_linux
    table.epoll_wait = { current.wait($0, $1, $2, milliseconds: $3) }
    table.recv = { current.receive($0, $1, $2) }
    table.send = { number, first, firstCount, second, secondCount in
        current.noteEvent(on: number)
        return clinux_linux.send(number, first, firstCount, second, secondCount)
    }
    table.shutdown = { number, how in
        current.noteEvent(on: number)
        return clinux_linux.shutdown(number, how)
    }
    table.accept = { current.accept($0, $1, $2) }
    table.connect = { current.connect($0, $1, $2) }
    table.setsockopt = { current.setOption($0, $1, $2, $3) }
    table.close = { current.close($0) }
    table.monotonic = { current.now }
    table.realtime = { current.realtime }
    return table
}
