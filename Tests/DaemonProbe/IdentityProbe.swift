import Glibc
import PingoraCore

/// `assume USER GROUP` (`-`: none given): takes that identity and prints what the process is then.
/// A second pair is asked for after the first one was assumed.
enum IdentityProbe {
    static func run(_ arguments: [String]) {
        do {
            try assume(arguments[0], arguments[1])
            if arguments.count > 2 { try assume(arguments[2], arguments[3]) }
        } catch {
            print(error)
            exit(1)
        }
    }

    private static func assume(_ user: String, _ group: String) throws {
        let identity = try Privileges.resolve(
            user: user == "-" ? nil : user, group: group == "-" ? nil : group)
        guard let identity else { return print("nothing to do") }
        // A thread that is there already changes with the others.
        let thread = startThread()
        try identity.assume()
        print(status(of: "self"))
        print("thread \(status(of: "self/task/\(thread)"))")
        print("root=\(setuid(0) == 0) descriptors=\(canListDescriptors)")
    }

    private static var canListDescriptors: Bool {
        guard let folder = opendir("/proc/self/fd") else { return false }
        closedir(folder)
        return true
    }

    /// `user=1 group=1 groups=1,2` from /proc.
    private static func status(of process: String) -> String {
        guard let file = fopen("/proc/\(process)/status", "r") else { return "unreadable" }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 1024)
        var parts: [String] = []
        while fgets(&line, CInt(line.count), file) != nil {
            let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)
            let words = text.split { $0.isWhitespace }.map(String.init)
            switch words.first {
            case "Uid:":
                parts.append("user=\(Set(words.dropFirst()).sorted().joined(separator: ","))")
            case "Gid:":
                parts.append("group=\(Set(words.dropFirst()).sorted().joined(separator: ","))")
            case "Groups:": parts.append("groups=\(words.dropFirst().joined(separator: ","))")
            default: break
            }
        }
        return parts.joined(separator: " ")
    }

    /// The number of a second thread that sleeps.
    private static func startThread() -> Int32 {
        var thread = pthread_t()
        pthread_create(
            &thread, nil,
            { _ in
                // The change of the user interrupts it.
                while true { sleep(60) }
            }, nil)
        guard let folder = opendir("/proc/self/task") else { return 0 }
        defer { closedir(folder) }
        var largest: Int32 = 0
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            largest = max(largest, Int32(name) ?? 0)
        }
        return largest
    }
}
