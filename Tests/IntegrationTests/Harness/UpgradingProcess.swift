import Glibc

/// What `/proc` says of a process that turned itself into a daemon: nobody here is its parent.
struct UpgradingProcess: Hashable {
    let number: pid_t

    /// Processes with `text` in a word of their command line. A zombie has none, so it is gone.
    static func running(with text: String) -> Set<UpgradingProcess> {
        guard let folder = opendir("/proc") else { return [] }
        defer { closedir(folder) }
        var found: Set<UpgradingProcess> = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard let number = pid_t(name) else { continue }
            if read("/proc/\(name)/cmdline").contains(text) {
                found.insert(UpgradingProcess(number: number))
            }
        }
        return found
    }

    /// Whether it runs; a zombie does not.
    var isAlive: Bool {
        let words = UpgradingProcess.read("/proc/\(number)/stat").split(separator: ")").last
        guard let state = words?.split(separator: " ").first else { return false }
        return state != "Z" && state != "X"
    }

    /// The files and sockets that it has open.
    var descriptorCount: Int {
        guard let folder = opendir("/proc/\(number)/fd") else { return 0 }
        defer { closedir(folder) }
        var count = -2
        while readdir(folder) != nil { count += 1 }
        return max(0, count)
    }

    /// A number of `/proc/PID/status`: `VmRSS` in KiB, `Threads`.
    func status(_ key: String) -> Int {
        let lines = UpgradingProcess.read("/proc/\(number)/status").split(separator: "\n")
        let line = lines.first { $0.hasPrefix(key + ":") }
        return line?.split { !$0.isNumber }.first.flatMap { Int($0) } ?? 0
    }

    /// The inodes of the sockets that listen on a port of 127.0.0.1 or of [::1].
    static func listeningInodes(port: UInt16) -> Set<Substring> {
        let digits = String(port, radix: 16, uppercase: true)
        let end = ":" + String(repeating: "0", count: 4 - digits.count) + digits
        var found: Set<Substring> = []
        for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
            for line in read(table).split(separator: "\n").dropFirst() {
                let words = line.split(separator: " ")
                // Those that listen come first.
                guard words.count > 9, words[3] == "0A" else { break }
                if words[1].hasSuffix(end) { found.insert(words[9]) }
            }
        }
        return found
    }

    private static func read(_ path: String) -> String {
        guard let file = fopen(path, "r") else { return "" }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65536)
        while case let count = fread(&piece, 1, piece.count, file), count > 0 {
            bytes += piece[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
