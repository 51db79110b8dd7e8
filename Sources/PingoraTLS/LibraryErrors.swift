import CTLS

/// The calling thread's error queue of OpenSSL.
enum LibraryErrors {
    /// Empties the queue into one line: `wrong version number, unsupported protocol`.
    static func take() -> String {
        unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { text in
            guard let start = text.baseAddress else { return "" }
            // SAFETY: the call writes a string that fits, with its end.
            unsafe ctls_take_errors(start, text.count)
            let words = unsafe String(cString: start)
            return words.isEmpty ? "unknown reason" : words
        }
    }
}
