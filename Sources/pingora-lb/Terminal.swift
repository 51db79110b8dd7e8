import Glibc

/// Standard output and standard error, unbuffered.
enum Terminal {
    static func say(_ text: String) { write(text, to: STDOUT_FILENO) }
    static func complain(_ text: String) { write(text, to: STDERR_FILENO) }

    /// Whether somebody reads standard output as it comes.
    static var isInteractive: Bool { isatty(STDOUT_FILENO) == 1 }

    /// Whether colours are welcome (https://no-color.org).
    static var isColoured: Bool {
        guard isInteractive, let variable = unsafe getenv("NO_COLOR") else {
            return isInteractive
        }
        return unsafe variable.pointee == CChar(0)
    }

    private static func write(_ text: String, to descriptor: CInt) {
        let bytes = Array(text.utf8)
        var start = 0
        while start < bytes.count {
            // SAFETY: the bytes live during the call.
            let count = unsafe bytes[start...].withUnsafeBytes {
                unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            // A closed pipe ends the output, not the program.
            guard count > 0 else { return }
            start += count
        }
    }
}
