import Glibc

/// What stays the same over an upgrade, and what must not grow.
extension ProcessEntry {
    /// The files and sockets that it has open; 0 if it has ended.
    var descriptorCount: Int {
        guard let folder = opendir("/proc/\(number)/fd") else { return 0 }
        defer { closedir(folder) }
        var count = 0
        while readdir(folder) != nil { count += 1 }
        // `.` and `..`
        return count - 2
    }

    /// The inodes of the sockets that listen on a port, of 127.0.0.1 or of [::1].
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
}
