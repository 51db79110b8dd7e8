import Glibc

/// A command of the shell, for programs that a test asks for their opinion.
package enum ShellCommand {
    /// What `command` writes, to both of its outputs. It must end by itself.
    package static func output(_ command: String) throws -> String {
        guard let pipe = popen("{ \(command); } 2>&1", "r") else { throw FixtureError("no shell") }
        defer { pclose(pipe) }
        var text: [UInt8] = []
        var bytes = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = fread(&bytes, 1, bytes.count, pipe)
            guard count > 0 else { return String(decoding: text, as: UTF8.self) }
            text += bytes[..<count]
        }
    }
}
