import CLinux
import Glibc
import Testing

/// The real kernel, of which one call fails. Each thread has its own.
///
/// It also keeps account of the descriptors that were opened through it, so that a leak in this
/// thread shows whatever other tests do in the process.
final class FaultyKernel {
    /// The call with this index fails...
    private let failing: Int
    /// ...with this errno; 0 stands for a peer of which the kernel dropped descriptors.
    private let code: CInt
    /// The names of the calls so far.
    private(set) var calls: [String] = []
    /// Descriptors that were opened and not closed yet.
    private(set) var open: Set<CInt> = []
    /// Sends and receives only so many bytes at a time.
    private let pieceSize: Int

    init(failing: Int = -1, code: CInt = 0, pieceSize: Int = .max) {
        self.failing = failing
        self.code = code
        self.pieceSize = pieceSize
    }

    /// What may go wrong with a call in a system that works, and in one that is short of something.
    static func plausible(_ call: String) -> [CInt] {
        switch call {
        case "socket": [EMFILE, ENFILE, ENOBUFS, ENOMEM]
        case "socketpair": [EMFILE, ENFILE, ENOBUFS, ENOMEM]
        case "bind": [EACCES, EADDRINUSE, ENOSPC, EROFS, ENOENT]
        case "listen": [EADDRINUSE]
        case "accept": [EAGAIN, EINTR, ECONNABORTED, EMFILE, ENFILE, ENOMEM]
        case "connect": [ECONNREFUSED, ENOENT, EACCES, EAGAIN, EINTR, EPROTOTYPE]
        case "send": [EAGAIN, EINTR, EPIPE, ECONNRESET, ENOBUFS, ENOMEM, ETOOMANYREFS, EBADF]
        case "receive": [EAGAIN, EINTR, ECONNRESET, ENOMEM, 0]
        case "poll": [EINTR, ENOMEM, EINVAL]
        case "peer": [ENOTCONN, EINVAL]
        case "fchmod": [EIO, EPERM]
        case "lchown": [EPERM, EROFS, EIO, ENOENT, ESTALE]
        case "lstat": [EACCES, ENOENT, EIO]
        case "unlink": [EPERM, EROFS, ENOENT]
        case "shutdown": [ENOTCONN]
        case "close": [EINTR, EIO]
        default: []
        }
    }

    /// Runs `body` in this thread with this kernel.
    func run<Value>(_ body: () throws -> Value) rethrows -> Value {
        let table = UnsafeMutablePointer<clinux_kernel>.allocate(capacity: 1)
        table.initialize(to: makeTable())
        clinux_use_kernel(table, Unmanaged.passUnretained(self).toOpaque())
        defer {
            clinux_use_kernel(nil, nil)
            table.deallocate()
        }
        return try body()
    }

    /// Counts a call; the negated errno that it fails with, nil when it takes place.
    fileprivate func failure(of call: String) -> CInt? {
        calls.append(call)
        return calls.count - 1 == failing && code != 0 ? -code : nil
    }

    /// Counts a call that returns a new descriptor.
    fileprivate func opened(_ call: String, _ body: () -> CInt) -> CInt {
        if let failure = failure(of: call) { return failure }
        let number = body()
        if number >= 0 { open.insert(number) }
        return number
    }

    /// Counts a call that returns two of them.
    fileprivate func openedPair(_ numbers: UnsafeMutablePointer<CInt>, _ body: () -> CInt) -> CInt {
        if let failure = failure(of: "socketpair") { return failure }
        let result = body()
        if result == 0 { open.formUnion([numbers[0], numbers[1]]) }
        return result
    }

    fileprivate func closed(_ number: CInt) -> CInt {
        open.remove(number)
        let failure = failure(of: "close")
        let result = clinux_linux.close(number)
        return failure ?? result
    }

    fileprivate func receive(
        _ fd: CInt, _ bytes: UnsafeMutableRawPointer, _ count: Int,
        _ rights: UnsafeMutablePointer<CInt>, _ rightsCount: UnsafeMutablePointer<Int>,
        _ isTruncated: UnsafeMutablePointer<CInt>
    ) -> Int {
        if let failure = failure(of: "receive") { return Int(failure) }
        let received = clinux_linux.recv_rights(
            fd, bytes, min(count, pieceSize), rights, rightsCount, isTruncated)
        if received >= 0 {
            open.formUnion(UnsafeBufferPointer(start: rights, count: rightsCount.pointee))
            if calls.count - 1 == failing, code == 0, rightsCount.pointee > 0 {
                dropLast(rights, rightsCount)
                isTruncated.pointee = 1
            }
        }
        return received
    }

    /// As the kernel does when this process may not open one more file.
    private func dropLast(
        _ rights: UnsafeMutablePointer<CInt>, _ count: UnsafeMutablePointer<Int>
    ) {
        count.pointee -= 1
        open.remove(rights[count.pointee])
        close(rights[count.pointee])
    }

    fileprivate func send(
        _ fd: CInt, _ bytes: UnsafeRawPointer, _ count: Int, _ rights: UnsafePointer<CInt>?,
        _ rightsCount: Int
    ) -> Int {
        if let failure = failure(of: "send") { return Int(failure) }
        return clinux_linux.send_rights(fd, bytes, min(count, pieceSize), rights, rightsCount)
    }
}

/// The faulty kernel of this thread.
private var kernel: FaultyKernel {
    guard let context = clinux_context() else {
        preconditionFailure("the faulty table outside of FaultyKernel.run")
    }
    return Unmanaged<FaultyKernel>.fromOpaque(context).takeUnretainedValue()
}

private func makeTable() -> clinux_kernel {
    var table = clinux_linux
    table.socket = { domain, type, number in
        kernel.opened("socket") { clinux_linux.socket(domain, type, number) }
    }
    table.socketpair = { domain, type, number, numbers in
        kernel.openedPair(numbers) { clinux_linux.socketpair(domain, type, number, numbers) }
    }
    table.bind = { kernel.failure(of: "bind") ?? clinux_linux.bind($0, $1, $2) }
    table.listen = { kernel.failure(of: "listen") ?? clinux_linux.listen($0, $1) }
    table.accept = { fd, address, size in
        kernel.opened("accept") { clinux_linux.accept(fd, address, size) }
    }
    table.connect = { kernel.failure(of: "connect") ?? clinux_linux.connect($0, $1, $2) }
    table.close = { kernel.closed($0) }
    table.shutdown = { kernel.failure(of: "shutdown") ?? clinux_linux.shutdown($0, $1) }
    table.fchmod = { kernel.failure(of: "fchmod") ?? clinux_linux.fchmod($0, $1) }
    table.lchown = { kernel.failure(of: "lchown") ?? clinux_linux.lchown($0, $1, $2, $3) }
    table.lstat = { kernel.failure(of: "lstat") ?? clinux_linux.lstat($0, $1) }
    table.unlink = { kernel.failure(of: "unlink") ?? clinux_linux.unlink($0) }
    table.peer = { kernel.failure(of: "peer") ?? clinux_linux.peer($0, $1) }
    table.poll = { kernel.failure(of: "poll") ?? clinux_linux.poll($0, $1, $2) }
    table.send_rights = { kernel.send($0, $1, $2, $3, $4) }
    table.recv_rights = { kernel.receive($0, $1, $2, $3, $4, $5) }
    return table
}
