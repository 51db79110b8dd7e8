import CLinux
import Glibc
import Testing

/// A run of the program in Tests/DaemonProbe, which ends with the value at the latest.
final class ProbeProcess {
    let processID: pid_t
    private let input: CInt
    private let output: CInt
    private var buffer: [UInt8] = []
    private var status: CInt?

    struct StartError: Error {
        let code: CInt
    }

    /// What every probe has in its environment. One that traps is to end of that: the report of
    /// Swift's runtime forks in a signal handler, which hangs in a program with a sanitizer.
    private static let variables = ["PATH=/usr/bin:/bin", "SWIFT_BACKTRACE=enable=no"]

    /// Beside the test bundle, as the package manager puts it.
    static var executable: String {
        var bytes = [CChar](repeating: 0, count: 4096)
        readlink("/proc/self/exe", &bytes, 4095)
        let path = bytes.prefix { $0 != 0 }.map(UInt8.init)
        // Tests may also be run by a program of the toolchain, which names the bundle.
        let bundles = CommandLine.arguments.filter { $0.hasSuffix(".xctest") }
        let bundle = bundles.first ?? String(decoding: path, as: UTF8.self)
        return bundle.split(separator: "/", omittingEmptySubsequences: false).dropLast()
            .joined(separator: "/") + "/DaemonProbe"
    }

    /// Starts it with `descriptors` from 3 up. Where there is a script, sh runs that, for which
    /// `$0` is the program and `$@` its arguments.
    init(
        _ arguments: [String], variables: [String] = [], descriptors: [CInt] = [],
        script: String? = nil
    ) throws {
        var (toChild, fromChild): ([CInt], [CInt]) = ([0, 0], [0, 0])
        guard clinux_pipe(&toChild) == 0, clinux_pipe(&fromChild) == 0 else {
            throw StartError(code: EMFILE)
        }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        // Out of the way of the targets first.
        let moved = descriptors.map { fcntl($0, F_DUPFD_CLOEXEC, 100) }
        defer { for number in moved { close(number) } }
        posix_spawn_file_actions_adddup2(&actions, toChild[0], 0)
        posix_spawn_file_actions_adddup2(&actions, fromChild[1], 1)
        for (index, number) in moved.enumerated() {
            posix_spawn_file_actions_adddup2(&actions, number, CInt(3 + index))
        }
        let path = script == nil ? ProbeProcess.executable : "/bin/sh"
        let shell = script.map { ["sh", "-c", $0] } ?? []
        let words = shell + [ProbeProcess.executable] + arguments
        var pointers = words.map { strdup($0) } + [nil]
        var environment = (variables + ProbeProcess.variables).map { strdup($0) } + [nil]
        defer { for pointer in pointers + environment { free(pointer) } }
        var number = pid_t()
        let result = posix_spawn(&number, path, &actions, nil, &pointers, &environment)
        close(toChild[0])
        close(fromChild[1])
        (input, output, processID) = (toChild[1], fromChild[0], number)
        guard result == 0 else { throw StartError(code: result) }
    }

    deinit {
        close(input)
        if status == nil, processID > 0 {
            kill(processID, SIGKILL)
            waitpid(processID, nil, 0)
        }
        close(output)
    }

    /// The next line that it writes; nil at the end of its output.
    func line() -> String? {
        while true {
            if let end = buffer.firstIndex(of: 10) {
                defer { buffer.removeSubrange(...end) }
                return String(decoding: buffer[..<end], as: UTF8.self)
            }
            var room = [UInt8](repeating: 0, count: 4096)
            let count = read(output, &room, room.count)
            guard count > 0 else { return nil }
            buffer += room.prefix(count)
        }
    }

    /// All lines up to the end of its output.
    func lines() -> [String] {
        var lines: [String] = []
        while let line = line() { lines.append(line) }
        return lines
    }

    /// Writes a line to its input.
    func say(_ text: String) {
        let bytes = Array((text + "\n").utf8)
        _ = write(input, bytes, bytes.count)
    }

    /// Waits for its end: the exit status, or the negated number of a signal.
    func waitForEnd() -> CInt {
        var status: CInt = 0
        if let known = self.status { status = known } else { waitpid(processID, &status, 0) }
        self.status = status
        let signal = status & 0x7f
        return signal == 0 ? status >> 8 & 0xff : -signal
    }
}
