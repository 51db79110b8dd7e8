import CLinux
import Glibc
import Synchronization

/// Lines on their way to a file, written by a thread of their own so that no loop waits for a disk
/// or a full pipe.
///
/// When lines come faster than the file takes them, the surplus is dropped and counted.
public final class LogWriter: Sendable {
    /// Where lines go.
    public enum Destination: Hashable, Sendable {
        case standardOutput
        case standardError
        /// Appended to, and created with mode 0640. Root follows no link but one of root's own.
        case file(String)

        /// `stdout`, `stderr` or a path; nil for `off`.
        public init?(named name: String) {
            switch name {
            case "off": return nil
            case "stdout": self = .standardOutput
            case "stderr": self = .standardError
            default: self = .file(name)
            }
        }

        /// The same, wherever the process goes later.
        fileprivate var absolute: Destination {
            guard case .file(let path) = self else { return self }
            return .file(WorkingDirectory.absolutePath(of: path))
        }
    }

    /// Some thousand lines: seconds of full load, and a bound on memory when the disk hangs.
    private static let capacity = 4 * 1024 * 1024
    /// How long lines gather before they are written together: unnoticed by a reader, and few
    /// system calls under load.
    private static let gatherMicroseconds: UInt32 = 20_000

    private struct Pending: Sendable {
        var bytes: [UInt8] = []
        var dropped = 0
    }

    /// An open destination.
    private struct Target: Sendable {
        let destination: Destination
        let number: CInt

        init(_ destination: Destination) throws(SystemError) {
            self.destination = destination
            switch destination {
            case .standardOutput: number = STDOUT_FILENO
            case .standardError: number = STDERR_FILENO
            case .file(let path):
                number = try LogFile.open(path).release()
            }
        }

        /// Standard output and error stay open: they are not the log's.
        func close() {
            if case .file = destination { _ = clinux_close(number) }
        }
    }

    private let pending = Mutex<Pending>(Pending())
    /// Where lines go now; locked while they are written, so that a change falls between lines.
    private let target: Mutex<Target>
    /// That of `target`, to be looked at while a slow write has it locked.
    private let destination: Mutex<Destination>
    private let arrival = Semaphore()

    /// Opens `destination`.
    ///
    /// - Throws: `SystemError` when a file can't be opened.
    public init(_ destination: Destination) throws(SystemError) {
        target = Mutex(try Target(destination.absolute))
        self.destination = Mutex(destination.absolute)
        LoopThread.start(named: "log") { [self] in
            while true {
                arrival.wait()
                usleep(LogWriter.gatherMicroseconds)
                flush()
            }
        }
    }

    /// Appends a whole line, which ends in a newline.
    public func write(_ line: String) {
        var line = line
        line.withUTF8 { utf8 in
            let bytes = unsafe Span(_unsafeElements: utf8)
            write(bytes)
        }
    }

    /// Appends whole lines.
    package func write(_ lines: borrowing Span<UInt8>) {
        let count = lines.count
        // SAFETY: the bytes are copied before the borrow ends.
        let wasEmpty = unsafe lines.withUnsafeBufferPointer { source in
            // nonisolated(unsafe): the pointer stays within the call, on this thread.
            nonisolated(unsafe) let source = unsafe source
            return pending.withLock { pending in
                guard pending.bytes.count + count <= LogWriter.capacity else {
                    pending.dropped += 1
                    return false
                }
                let wasEmpty = pending.bytes.isEmpty
                unsafe pending.bytes.append(contentsOf: source)
                return wasEmpty
            }
        }
        if wasEmpty { arrival.signal() }
    }

    /// Writes what has gathered, now and on the calling thread.
    public func flush() {
        target.withLock { flush(to: $0.number) }
    }

    /// Writes what has gathered, but gives up after `limit`: where nobody reads the pipe that a log
    /// goes to, that must not keep the process from ending.
    package func flush(within limit: TimeLimit) {
        let isDone = Semaphore()
        LoopThread.start(named: "flush") { [self] in
            flush()
            isDone.signal()
        }
        isDone.wait(atMost: limit)
    }

    /// Opens the file anew, for the rotation of logs: what lies at its path now, or a new file.
    /// Standard output and error stay as they are.
    ///
    /// No line is lost or cut in two: lines that were written before the call go to the old file.
    /// Waits for a write to the file that is under way.
    /// - Throws: `SystemError` when the file can't be opened; the old one stays in use.
    package func reopen() throws(SystemError) {
        let destination = destination.withLock { $0 }
        // A reader of standard output that has stopped reading must not stop the caller as well.
        guard case .file = destination else { return }
        try redirect(to: destination)
    }

    /// Gives the file to another user, who then can open it anew. Needs root; standard output and
    /// error are not ours to give.
    package func give(to owner: Identity) {
        target.withLock { target in
            guard case .file = target.destination else { return }
            LogFile.give(target.number, to: owner)
        }
    }

    /// Sends all that is written from now on to `destination`, as ``reopen()`` does.
    ///
    /// - Throws: `SystemError` when a file can't be opened; the old destination stays in use.
    package func redirect(to destination: Destination) throws(SystemError) {
        let next = try Target(destination.absolute)
        let last = target.withLock { target in
            flush(to: target.number)
            let last = target
            target = next
            self.destination.withLock { $0 = next.destination }
            return last
        }
        last.close()
    }

    private func flush(to number: CInt) {
        let (bytes, dropped) = pending.withLock { pending in
            let taken = (pending.bytes, pending.dropped)
            pending.bytes = []
            pending.dropped = 0
            return taken
        }
        LogWriter.writeAll(bytes, to: number)
        if dropped > 0 {
            let line = "level=warning event=log_dropped lines=\(dropped)\n"
            LogWriter.writeAll(Array(line.utf8), to: number)
        }
    }

    private static func writeAll(_ bytes: [UInt8], to number: CInt) {
        var start = 0
        while start < bytes.count {
            // SAFETY: start stays below the count.
            let count = unsafe bytes.withUnsafeBufferPointer { bytes in
                guard let base = bytes.baseAddress else { return 0 }
                return unsafe clinux_write(number, base + start, bytes.count - start)
            }
            if count == -Int(EINTR) { continue }
            if count == -Int(EAGAIN) {
                usleep(1000)
                continue
            }
            // A log that can't be written has nowhere to be reported.
            guard count > 0 else { return }
            start += count
        }
    }
}
