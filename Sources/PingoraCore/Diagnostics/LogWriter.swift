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
        /// Appended to, and created with mode 0640.
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

    private let pending = Mutex<Pending>(Pending())
    private let writing = Mutex<Void>(())
    private let arrival = Semaphore()
    private let number: CInt

    /// Opens `destination`.
    ///
    /// - Throws: `SystemError` when a file can't be opened.
    public init(_ destination: Destination) throws(SystemError) {
        switch destination {
        case .standardOutput: number = 1
        case .standardError: number = 2
        case .file(let path):
            let flags = O_WRONLY | O_APPEND | O_CREAT
            // SAFETY: the path lives during the call.
            let result = unsafe path.withCString { unsafe clinux_open($0, flags, 0o640) }
            number = try SystemError.check(result, "open")
        }
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
        writing.withLock { _ in
            let (bytes, dropped) = pending.withLock { pending in
                let taken = (pending.bytes, pending.dropped)
                pending.bytes = []
                pending.dropped = 0
                return taken
            }
            writeAll(bytes)
            if dropped > 0 {
                writeAll(Array("level=warning event=log_dropped lines=\(dropped)\n".utf8))
            }
        }
    }

    private func writeAll(_ bytes: [UInt8]) {
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
