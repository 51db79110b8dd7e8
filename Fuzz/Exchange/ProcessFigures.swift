import Glibc

/// What the kernel says of this process.
enum ProcessFigures {
    /// Descriptors that are open.
    static var descriptorCount: Int {
        guard let folder = opendir("/proc/self/fd") else { return 0 }
        defer { closedir(folder) }
        var count = 0
        while readdir(folder) != nil { count += 1 }
        // `.`, `..` and the folder itself
        return count - 3
    }

    /// Resident memory in KiB.
    static var residentKiB: Int {
        guard let file = fopen("/proc/self/statm", "r") else { return 0 }
        defer { fclose(file) }
        var (total, resident) = (0, 0)
        guard
            withUnsafeMutablePointer(
                to: &total,
                { total in
                    withUnsafeMutablePointer(to: &resident) { resident in
                        withVaList([total, resident]) { vfscanf(file, "%ld %ld", $0) }
                    }
                }) == 2
        else { return 0 }
        return resident * Int(sysconf(CInt(_SC_PAGESIZE))) / 1024
    }
}

/// The seed at hand, for the last words of a process that crashes or hangs.
enum LastWords {
    /// Written on the only thread, read by a signal's handler on that thread.
    private nonisolated(unsafe) static var text: UnsafeMutablePointer<CChar>?

    /// A round that takes longer, in seconds of the machine, hangs.
    private static let patience: UInt32 = 60

    /// Has every signal that ends the process say the seed first.
    static func prepare() {
        text = .allocate(capacity: 256)
        text?.initialize(repeating: 0, count: 256)
        for number in [SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGALRM] {
            signal(number) { number in
                if let text = LastWords.text { _ = write(STDERR_FILENO, text, strlen(text)) }
                signal(number, SIG_DFL)
                raise(number)
            }
        }
    }

    /// From now on `words` are the last ones.
    static func set(_ words: String) {
        alarm(patience)
        guard let text else { return }
        _ = words.withCString { strncpy(text, $0, 255) }
    }
}
