import CLinux
import Glibc
import Testing

@testable import PingoraCore

/// Python's own web server, in a process of its own, with a directory of its own, on loopback. Both
/// go with their owner.
final class FileServer {
    private let folder: String
    private let process: pid_t
    let address: SocketAddress
    private var names: Set<String> = []

    init() throws {
        var template = Array("/tmp/pingora-files-XXXXXX".utf8CString)
        let folder = try #require(mkdtemp(&template).map { String(cString: $0) })
        var ends: [CInt] = [-1, -1]
        try #require(clinux_pipe(&ends) == 0)
        defer { close(ends[0]) }
        let arguments = ["http.server", "0", "--bind", "127.0.0.1", "--directory", folder]
        let process = FileServer.spawn(["python3", "-u", "-m"] + arguments, output: ends[1])
        close(ends[1])
        self.folder = folder
        self.process = try #require(process, "python3 is missing: run scripts/bootstrap")
        address = .ipv4(0x7f00_0001, port: FileServer.port(saidTo: ends[0]) ?? 0)
        try #require(address.port != 0, "no port from python3")
    }

    deinit {
        kill(process, SIGKILL)
        waitpid(process, nil, 0)
        for name in names { unlink("\(folder)/\(name)") }
        rmdir(folder)
    }

    /// Makes a file what `text` is, at once for whoever reads it.
    func write(_ name: String, _ text: String) {
        names.insert(name)
        let fresh = "\(folder)/.new"
        let number = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        _ = Glibc.write(number, Array(text.utf8), text.utf8.count)
        close(number)
        rename(fresh, "\(folder)/\(name)")
    }

    /// The port in the first line, `Serving HTTP on 127.0.0.1 port 40000 (...)`.
    private static func port(saidTo end: CInt) -> UInt16? {
        var line = ""
        var byte: UInt8 = 0
        while !line.hasSuffix("\n") {
            var wait = pollfd(fd: end, events: Int16(POLLIN), revents: 0)
            guard poll(&wait, 1, 20_000) == 1, read(end, &byte, 1) == 1 else { return nil }
            line.append(Character(Unicode.Scalar(byte)))
        }
        let words = line.split(separator: " ")
        return words.firstIndex(of: "port").flatMap { UInt16(words[$0 + 1]) }
    }

    private static func spawn(_ words: [String], output: CInt) -> pid_t? {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        // Its access log.
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        var arguments = words.map { strdup($0) }
        arguments.append(nil)
        defer { arguments.forEach { free($0) } }
        var process = pid_t()
        let result = posix_spawn(&process, "/usr/bin/python3", &actions, nil, arguments, environ)
        return result == 0 ? process : nil
    }
}
