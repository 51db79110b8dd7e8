import CLinux
import Glibc

/// The system calls of the simulation.
nonisolated(unsafe) var simulatedTable = clinux_kernel(
    socket: { _, _, _ in kernel.socket() },
    socketpair: { _, _, _, _ in -ENOSYS },
    bind: { kernel.bind($0, $1, $2) },
    listen: { fd, _ in kernel.listen(fd) },
    accept: { kernel.accept($0, $1, $2) },
    connect: { kernel.connect($0, $1, $2) },
    getsockname: { kernel.name($0, $1, $2) },
    getsockopt: { fd, _, _, value in
        value.pointee = kernel.sockets[fd]?.pendingError ?? EBADF
        kernel.sockets[fd]?.pendingError = 0
        return 0
    },
    setsockopt: { fd, level, name, _ in
        if level == SOL_SOCKET, name == SO_LINGER { kernel.sockets[fd]?.resetsOnClose = true }
        return 0
    },
    recv: { fd, bytes, count in kernel.sockets[fd]?.receive(bytes, count, kernel) ?? -Int(EBADF) },
    send: { fd, first, firstCount, second, secondCount in
        var bytes = Array(UnsafeRawBufferPointer(start: first, count: firstCount))
        bytes += UnsafeRawBufferPointer(start: second, count: secondCount)
        return kernel.sockets[fd]?.send(bytes, kernel) ?? -Int(EBADF)
    },
    shutdown: { fd, _ in kernel.sockets[fd]?.finishSending(kernel) ?? -EBADF },
    close: { kernel.close($0) },
    read: { fd, bytes, _ in
        guard let count = kernel.counters[fd], count > 0 else { return -Int(EAGAIN) }
        kernel.counters[fd] = 0
        bytes.storeBytes(of: count, as: UInt64.self)
        return 8
    },
    write: { fd, bytes, count in
        guard kernel.counters[fd] != nil else { return count }
        kernel.counters[fd, default: 0] += bytes.load(as: UInt64.self)
        kernel.notify(fd, EPOLLIN.rawValue)
        return 8
    },
    open: { _, _, _ in -ENOENT },
    unlink: { _ in -ENOENT },
    fchmod: { _, _ in -ENOSYS },
    lstat: { _, _ in -ENOSYS },
    lchown: { _, _, _, _ in -ENOSYS },
    geteuid: { 0 },
    peer: { _, _ in -ENOSYS },
    send_rights: { _, _, _, _, _ in -Int(ENOSYS) },
    recv_rights: { _, _, _, _, _, _ in -Int(ENOSYS) },
    poll: { _, _, _ in -ENOSYS },
    epoll_create: {
        let descriptor = kernel.newDescriptor()
        guard descriptor >= 0 else { return descriptor }
        kernel.epolls[descriptor] = SimulatedEpoll()
        return descriptor
    },
    epoll_ctl: { kernel.control($0, $1, $2, $3, $4) },
    epoll_wait: { kernel.wait($0, $1, Int($2), $3) },
    eventfd: {
        let descriptor = kernel.newDescriptor()
        guard descriptor >= 0 else { return descriptor }
        kernel.counters[descriptor] = 0
        return descriptor
    },
    monotonic: { kernel.now },
    realtime: { 1_700_000_000_000_000_000 + kernel.now },
    // Nothing that is simulated makes these calls.
    process: clinux_linux.process
)

/// The simulation that the calling thread is in.
var kernel: SimulatedKernel {
    guard let context = clinux_context() else {
        preconditionFailure("the simulated table outside of SimulatedKernel.run")
    }
    return Unmanaged<SimulatedKernel>.fromOpaque(context).takeUnretainedValue()
}

extension SimulatedKernel {
    fileprivate func socket() -> CInt {
        let descriptor = newDescriptor()
        guard descriptor >= 0 else { return descriptor }
        sockets[descriptor] = SimulatedSocket(descriptor)
        return descriptor
    }

    fileprivate func bind(
        _ fd: CInt, _ address: UnsafePointer<sockaddr>, _ size: socklen_t
    ) -> CInt {
        let wanted = SimulatedAddress(address, size)
        if sockets.values.contains(where: { $0.isListening && $0.address == wanted }) {
            return -EADDRINUSE
        }
        sockets[fd]?.address = wanted
        return 0
    }

    fileprivate func listen(_ fd: CInt) -> CInt {
        sockets[fd]?.isListening = true
        return 0
    }

    fileprivate func accept(
        _ fd: CInt, _ address: UnsafeMutablePointer<sockaddr>?,
        _ size: UnsafeMutablePointer<socklen_t>?
    ) -> CInt {
        guard let listener = sockets[fd], !listener.backlog.isEmpty else { return -EAGAIN }
        guard openDescriptors < descriptorLimit else { return -EMFILE }
        let accepted = listener.backlog.removeFirst()
        if let peer = sockets[accepted]?.peer {
            peer.address.write(address, size)
        } else {
            size?.pointee = 0
        }
        return accepted
    }

    fileprivate func connect(
        _ fd: CInt, _ address: UnsafePointer<sockaddr>, _ size: socklen_t
    ) -> CInt {
        let wanted = SimulatedAddress(address, size)
        guard let socket = sockets[fd] else { return -EBADF }
        if silentAddresses.contains(wanted) { return -EINPROGRESS }
        guard let listener = sockets.values.first(where: { $0.isListening && $0.address == wanted })
        else { return refuse(socket) }
        if socket.address.bytes.isEmpty { socket.address = SimulatedAddress(port: newPort()) }
        let accepted = SimulatedSocket(newAcceptedDescriptor())
        accepted.address = wanted
        sockets[accepted.descriptor] = accepted
        (accepted.peer, socket.peer) = (socket, accepted)
        (accepted.isConnected, socket.isConnected) = (true, true)
        listener.backlog.append(accepted.descriptor)
        notify(listener.descriptor, EPOLLIN.rawValue)
        return Bool.random(using: &random) ? 0 : -EINPROGRESS
    }

    /// A refusal may come at once, or while the caller waits.
    private func refuse(_ socket: SimulatedSocket) -> CInt {
        guard Bool.random(using: &random) else { return -ECONNREFUSED }
        socket.pendingError = ECONNREFUSED
        return -EINPROGRESS
    }

    fileprivate func name(
        _ fd: CInt, _ address: UnsafeMutablePointer<sockaddr>,
        _ size: UnsafeMutablePointer<socklen_t>
    ) -> CInt {
        guard let socket = sockets[fd] else { return -EBADF }
        socket.address.write(address, size)
        return 0
    }

    fileprivate func control(
        _ epoll: CInt, _ operation: CInt, _ fd: CInt, _ events: UInt32, _ token: UInt64
    ) -> CInt {
        if operation == EPOLL_CTL_DEL {
            epolls[epoll]?.forget(fd)
        } else {
            epolls[epoll]?.add(fd, events, token, ready: readyBits(fd))
        }
        return 0
    }
}
