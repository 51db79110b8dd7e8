import CLinux
import Glibc

/// Files and pipes, close-on-exec.
extension FileDescriptor {
    /// Opens a file.
    package static func open(
        _ path: String, _ flags: CInt, mode: UInt32
    ) throws(SystemError) -> FileDescriptor {
        // SAFETY: the path lives during the call.
        let result = unsafe path.withCString { unsafe clinux_open($0, flags, mode) }
        return FileDescriptor(owning: try SystemError.check(result, "open"))
    }

    /// Takes the places of `targets`, for good and for programs that are started later.
    consuming func replace(_ targets: [CInt]) throws(SystemError) {
        for target in targets where target != number {
            try SystemError.check(clinux_dup2(number, target), "dup2")
        }
        // Where standard input, say, was closed, this may have come to lie there by itself.
        guard targets.contains(number) else { return }
        try SystemError.check(clinux_fcntl(number, F_SETFD, 0), "fcntl")
        _ = release()
    }

    /// The same file under a number above those of standard input, output and error.
    fileprivate consuming func aboveStandardOnes() throws(SystemError) -> FileDescriptor {
        guard number <= STDERR_FILENO else { return self }
        let number = clinux_fcntl(self.number, F_DUPFD_CLOEXEC, STDERR_FILENO + 1)
        return FileDescriptor(owning: try SystemError.check(number, "fcntl"))
    }

    /// Writes all of `bytes`.
    borrowing func writeAll(_ bytes: [UInt8]) throws(SystemError) {
        var start = 0
        while start < bytes.count {
            let number = number
            // SAFETY: start stays below the count.
            let count = unsafe bytes.withUnsafeBufferPointer { bytes in
                guard let base = bytes.baseAddress else { return 0 }
                return unsafe clinux_write(number, base + start, bytes.count - start)
            }
            if count == -Int(EINTR) { continue }
            guard count > 0 else { throw SystemError(call: "write", code: CInt(-count)) }
            start += count
        }
    }

    /// Reads what is there, at most `limit` bytes; empty at the end.
    borrowing func readSome(limit: Int) throws(SystemError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: limit)
        let number = number
        while true {
            // SAFETY: the room is as long as the call is told.
            let count = unsafe bytes.withUnsafeMutableBytes { room in
                guard let base = room.baseAddress else { return 0 }
                return unsafe clinux_read(number, base, room.count)
            }
            if count == -Int(EINTR) { continue }
            guard count >= 0 else { throw SystemError(call: "read", code: CInt(-count)) }
            return Array(bytes.prefix(count))
        }
    }
}

/// A pipe, both ends of it close-on-exec. Neither lies where a standard descriptor is missing,
/// since those get replaced.
struct Pipe: ~Copyable {
    let reading: FileDescriptor
    let writing: FileDescriptor

    /// Makes one.
    init() throws(SystemError) {
        var ends: [CInt] = [-1, -1]
        // SAFETY: pipe2 writes two numbers.
        try SystemError.check(unsafe clinux_pipe(&ends), "pipe")
        let second = FileDescriptor(owning: ends[1])
        let reading = try FileDescriptor(owning: ends[0]).aboveStandardOnes()
        let writing = try second.aboveStandardOnes()
        self.reading = reading
        self.writing = writing
    }
}
