import Glibc

/// A program that a test runs. Its output goes to files, and it does not outlive the test.
final class ChildProcess {
    /// How a process ended.
    enum Exit: Equatable {
        case code(CInt)
        case signal(CInt)
    }

    let processID: pid_t
    private let directory: TemporaryDirectory
    private let name: String
    private var exit: Exit?

    /// Starts `path`. It inherits no socket of ours, since they are all made close-on-exec, but
    /// `descriptor`, which it gets as 3.
    init(
        _ path: String, _ arguments: [String], in directory: TemporaryDirectory,
        passing descriptor: CInt? = nil
    ) throws {
        name = path.split(separator: "/").last.map(String.init) ?? path
        self.directory = directory
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        let create = O_WRONLY | O_CREAT | O_APPEND
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(
            &actions, 1, "\(directory.path)/\(name).out", create, 0o600)
        posix_spawn_file_actions_addopen(
            &actions, 2, "\(directory.path)/\(name).err", create, 0o600)
        if let descriptor { posix_spawn_file_actions_adddup2(&actions, descriptor, 3) }
        var words = ([path] + arguments).map { strdup($0) }
        defer { for word in words { free(word) } }
        words.append(nil)
        // The threads that run tests block signals, and a child would inherit that.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var number = pid_t()
        let result = posix_spawn(&number, path, &actions, &attributes, &words, environ)
        guard result == 0 else { throw HarnessError("cannot start \(path): errno \(result)") }
        processID = number
    }

    deinit {
        guard check() == nil else { return }
        kill(processID, SIGKILL)
        _ = waitForExit()
    }

    /// What it has written to standard output.
    var output: String { directory.read(name + ".out") }
    /// What it has written to standard error.
    var errors: String { directory.read(name + ".err") }
    var isAlive: Bool { check() == nil }

    /// What it has written to standard error behind its first `offset` bytes.
    func errors(from offset: Int) -> [UInt8] {
        guard let file = fopen("\(directory.path)/\(name).err", "r") else { return [] }
        defer { fclose(file) }
        fseek(file, offset, SEEK_SET)
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65536)
        while case let count = fread(&piece, 1, piece.count, file), count > 0 {
            bytes += piece[..<count]
        }
        return bytes
    }

    /// Sends a signal, unless it has ended.
    func signal(_ number: CInt) {
        if check() == nil { kill(processID, number) }
    }

    /// Waits until it has ended by itself; nil if it did not in time.
    func waitForExit() -> Exit? {
        _ = eventually { check() != nil }
        return exit
    }

    private func check() -> Exit? {
        if let exit { return exit }
        var status: CInt = 0
        guard waitpid(processID, &status, WNOHANG) == processID else { return nil }
        let signal = status & 0x7f
        exit = signal == 0 ? .code(status >> 8 & 0xff) : .signal(signal)
        return exit
    }

    /// Sockets, files and pipes it has open; nil if it has ended.
    var descriptorCount: Int? {
        guard let folder = opendir("/proc/\(processID)/fd") else { return nil }
        defer { closedir(folder) }
        var count = 0
        while readdir(folder) != nil { count += 1 }
        // `.` and `..`
        return count - 2
    }

    /// The most memory it ever had resident, in KiB; nil if it has ended.
    var peakMemoryKiB: Int? { status("VmHWM:") }

    /// The memory it has resident, in KiB; nil if it has ended.
    var residentKiB: Int? { status("VmRSS:") }

    private func status(_ name: String) -> Int? {
        guard let file = fopen("/proc/\(processID)/status", "r") else { return nil }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        while fgets(&line, CInt(line.count), file) != nil {
            let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)
            let words = text.split { $0.isWhitespace }
            if words.first == name[...], words.count > 1 { return Int(words[1]) }
        }
        return nil
    }
}
