import Glibc

/// Why there is no configuration.
public enum ConfigurationError: Error, CustomStringConvertible {
    /// The file can't be opened or read; `code` is `errno`.
    case unreadable(file: String, code: CInt)
    /// The file has these problems, in its own order; there is at least one.
    case invalid(file: String, [ConfigurationProblem])

    /// `cannot read lb.yaml: No such file or directory`, or one line per problem and one with their
    /// count.
    public var description: String {
        switch self {
        case .unreadable(let file, let code):
            // SAFETY: strerror returns a string of the C library that is copied at once.
            let reason = unsafe strerror(code).map { unsafe String(cString: $0) }
            return "cannot read \(file): \(reason ?? "error \(code)")"
        case .invalid(let file, let problems):
            let count = problems.count == 1 ? "1 problem" : "\(problems.count) problems"
            return (problems.map { $0.text(file: file) } + ["\(file): \(count)"])
                .joined(separator: "\n")
        }
    }
}
