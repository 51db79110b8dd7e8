import CLinux
import Glibc

/// A kernel that wraps the calling thread's one and fails the Nth call, of one kind or of any.
///
/// It also keeps account of the sockets that were opened through it, so that a leak in this thread
/// shows whatever other tests do in the process.
public final class FailingKernel {
    public enum Call: String, CaseIterable, Sendable {
        case socket, bind, listen, accept, connect, getsockname, getsockopt, setsockopt, recv, send,
            shutdown, close, read, write, epollCreate, epollControl, epollWait, eventfd

        /// The errors that Linux documents for the call and that a proxy may meet.
        public var plausibleErrors: [CInt] {
            switch self {
            case .socket: [EMFILE, ENFILE, ENOBUFS]
            case .bind: [EADDRINUSE, EADDRNOTAVAIL, EACCES]
            case .listen: [EADDRINUSE]
            case .accept: [EMFILE, ENFILE, ENOBUFS, ENOMEM, ECONNABORTED, EINTR, EPROTO]
            case .connect: [ECONNREFUSED, EADDRNOTAVAIL, ENETUNREACH, ETIMEDOUT]
            case .getsockname, .getsockopt: [ENOBUFS]
            case .setsockopt: [EINVAL, ENOPROTOOPT]
            case .recv: [ECONNRESET, EINTR, ETIMEDOUT, EHOSTUNREACH]
            case .send: [EPIPE, ECONNRESET, EINTR, ENOBUFS]
            case .shutdown: [ENOTCONN]
            case .close: [EIO, EINTR]
            case .read, .write: [EINTR]
            case .epollCreate, .eventfd: [EMFILE]
            case .epollControl: [ENOSPC, ENOMEM]
            case .epollWait: [EINTR]
            }
        }
    }

    private let inner: UnsafePointer<clinux_kernel>
    private let innerContext: UnsafeMutableRawPointer?
    private let table: UnsafeMutablePointer<clinux_kernel>
    private let processTable: UnsafeMutablePointer<clinux_process_calls>
    /// The call that is to fail; nil for its name: whichever it is.
    private var failing: (call: String?, number: Int, code: CInt)?
    private var count = 0
    /// Whether the call that was to fail came.
    public private(set) var hasFailed = false
    /// The names of the calls so far, apart from those that can't fail.
    public private(set) var calls: [String] = []
    /// Sockets that were opened and not closed yet.
    public internal(set) var open: Set<CInt> = []
    /// Messages with descriptors are sent and received in pieces of at most this size.
    let pieceSize: Int

    /// Wraps the kernel of the calling thread.
    public init(pieceSize: Int = .max) {
        self.pieceSize = pieceSize
        inner = clinux_current_kernel()
        innerContext = clinux_context()
        table = .allocate(capacity: 1)
        processTable = .allocate(capacity: 1)
        processTable.initialize(to: failingProcessTable())
        table.initialize(to: failingTable(processTable))
    }

    deinit {
        table.deallocate()
        processTable.deallocate()
    }

    /// Fails the call of the given kind that comes `number`th from now, with `code`.
    public func fail(_ call: Call, number: Int, with code: CInt) {
        fail(call.rawValue, number: number, with: code)
    }

    /// Fails the call after so many others from now, whatever it is, with `code`. Where that is 0
    /// and descriptors are received, the kernel drops one of them, as it does when this process may
    /// not open one more file.
    public func failCall(after others: Int, with code: CInt) {
        fail(nil, number: others + 1, with: code)
    }

    func fail(_ call: String?, number: Int, with code: CInt) {
        failing = (call, number, code)
        count = 0
        hasFailed = false
    }

    /// Runs `body` with this kernel in the place of the one it wraps.
    public func run<Result>(_ body: () throws -> Result) rethrows -> Result {
        clinux_use_kernel(table, Unmanaged.passUnretained(self).toOpaque())
        defer { clinux_use_kernel(inner, innerContext) }
        return try body()
    }

    /// Makes the call on the wrapped kernel, or fails it.
    func pass<Result: SignedInteger>(_ call: Call, _ body: () -> Result) -> Result {
        pass(call.rawValue, body)
    }

    func pass<Result: SignedInteger>(_ call: String, _ body: () -> Result) -> Result {
        guard let code = fault(in: call) else { return forward(body) }
        // Linux closes the descriptor whatever close says (man 2 close).
        if call == Call.close.rawValue { _ = forward(body) }
        return Result(-code)
    }

    /// Counts a call; what it fails with, nil if it takes place.
    func fault(in call: String) -> CInt? {
        calls.append(call)
        guard let failing, failing.call == nil || failing.call == call else { return nil }
        count += 1
        guard count == failing.number else { return nil }
        hasFailed = true
        return failing.code
    }

    /// As ``pass(_:_:)``, for a call that returns a new socket.
    func passOpening(_ call: Call, _ body: () -> CInt) -> CInt {
        let number = pass(call, body)
        if number >= 0 { open.insert(number) }
        return number
    }

    func passClosing(_ number: CInt) -> CInt {
        open.remove(number)
        return pass(.close) { clinux_close(number) }
    }

    func forward<Result>(_ body: () -> Result) -> Result {
        clinux_use_kernel(inner, innerContext)
        defer { clinux_use_kernel(table, Unmanaged.passUnretained(self).toOpaque()) }
        return body()
    }
}

/// The one that the calling thread is in.
var current: FailingKernel {
    guard let context = clinux_context() else {
        preconditionFailure("the failing table outside of FailingKernel.run")
    }
    return Unmanaged<FailingKernel>.fromOpaque(context).takeUnretainedValue()
}

private func failingTable(
    _ processCalls: UnsafePointer<clinux_process_calls>
) -> clinux_kernel {
    clinux_kernel(
        socket: { a, b, c in current.passOpening(.socket) { clinux_socket(a, b, c) } },
        socketpair: { a, b, c, d in current.socketPair(a, b, c, d) },
        bind: { a, b, c in current.pass(.bind) { clinux_bind(a, b, c) } },
        listen: { a, b in current.pass(.listen) { clinux_listen(a, b) } },
        accept: { a, b, c in current.passOpening(.accept) { clinux_accept(a, b, c) } },
        connect: { a, b, c in current.pass(.connect) { clinux_connect(a, b, c) } },
        getsockname: { a, b, c in current.pass(.getsockname) { clinux_getsockname(a, b, c) } },
        getsockopt: { a, b, c, d in
            current.pass(.getsockopt) { clinux_getsockopt(a, b, c, d) }
        },
        setsockopt: { a, b, c, d in
            current.pass(.setsockopt) { clinux_setsockopt(a, b, c, d) }
        },
        recv: { a, b, c in current.pass(.recv) { clinux_recv(a, b, c) } },
        send: { a, b, c, d, e in current.pass(.send) { clinux_send(a, b, c, d, e) } },
        shutdown: { a, b in current.pass(.shutdown) { clinux_shutdown(a, b) } },
        close: { a in current.passClosing(a) },
        read: { a, b, c in current.pass(.read) { clinux_read(a, b, c) } },
        write: { a, b, c in current.pass(.write) { clinux_write(a, b, c) } },
        open: { a, b, c in current.pass(.open) { clinux_open(a, b, c) } },
        unlink: { a in current.pass(.unlink) { clinux_unlink(a) } },
        fchmod: { a, b in current.pass(.fchmod) { clinux_fchmod(a, b) } },
        lstat: { a, b in current.pass(.lstat) { clinux_lstat(a, b) } },
        lchown: { a, b, c, d in current.pass(.lchown) { clinux_lchown(a, b, c, d) } },
        geteuid: { current.forward { clinux_geteuid() } },
        peer: { a, b in current.pass(.peer) { clinux_peer_of(a, b) } },
        send_rights: { a, b, c, d, e in current.sendRights(a, b, c, d, e) },
        recv_rights: { a, b, c, d, e, f in current.receiveRights(a, b, c, d, e, f) },
        poll: { a, b, c in current.pass(.poll) { clinux_poll(a, b, c) } },
        epoll_create: { current.pass(.epollCreate) { clinux_epoll_create() } },
        epoll_ctl: { a, b, c, d, e in
            current.pass(.epollControl) { clinux_epoll_ctl(a, b, c, d, e) }
        },
        epoll_wait: { a, b, c, d in current.pass(.epollWait) { clinux_epoll_wait(a, b, c, d) } },
        eventfd: { current.pass(.eventfd) { clinux_eventfd() } },
        monotonic: { current.forward { clinux_monotonic() } },
        realtime: { current.forward { clinux_realtime() } },
        process: processCalls
    )
}
