import CLinux
import Glibc
import Synchronization

/// The daemon's one message to the process that launched it: that it serves, or why it does not.
///
/// Records end in a zero byte: `process PID`, then `serving` or `failed REASON`. A daemon that ends
/// without the second one closes the pipe, which the launcher notices at once.
package final class StartReport: Sendable {
    /// The longest record, which a pipe takes whole or not at all (PIPE_BUF, man 7 pipe).
    static let longestRecord = 4096

    private let pipe: Mutex<FileDescriptor?>

    init(_ pipe: consuming FileDescriptor) {
        self.pipe = Mutex(pipe)
    }

    /// Says which process the daemon is.
    func announce() {
        pipe.withLock { pipe in
            guard let open = pipe.take() else { return }
            StartReport.write("process \(clinux_getpid())", to: open)
            pipe = consume open
        }
    }

    /// Says that the daemon serves. Only the first report counts.
    package func succeed() { finish("serving") }

    /// Says why the daemon ends without having served, in at most about 4000 bytes; control
    /// characters other than line feeds and tabs are replaced. Only the first report counts.
    package func fail(_ reason: String) { finish("failed \(StartReport.printable(reason))") }

    private func finish(_ record: String) {
        pipe.withLock { pipe in
            guard let open = pipe.take() else { return }
            StartReport.write(record, to: open)
        }
    }

    private static func write(_ record: String, to pipe: borrowing FileDescriptor) {
        var bytes = Array(record.utf8.prefix(longestRecord - 1))
        bytes.append(0)
        // The launcher may have gone. There is nobody else to tell.
        try? pipe.writeAll(bytes)
    }

    static func printable(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            let isControl = scalar.value < 32 || 127..<160 ~= scalar.value
            let isPlain = !isControl || scalar == "\n" || scalar == "\t"
            result.unicodeScalars.append(isPlain ? scalar : "?")
        }
        return result
    }
}
