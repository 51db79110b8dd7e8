/// `pingora-lb` before a group of servers.
extension RunningProxy {
    /// Starts it with one upstream `app` of these servers, which are addresses or mappings.
    ///
    /// - Parameters:
    ///   - group: its other keys, in one line: `algorithm: random, failover: false`.
    ///   - more: keys of the file.
    convenience init(_ servers: [String], group: String = "", _ more: String = "") throws {
        let list = servers.isEmpty ? "" : "servers: [\(servers.joined(separator: ", "))],"
        try self.init(
            file: """
                version: 1
                threads: 2
                log_level: debug
                listeners: [127.0.0.1:0]
                upstreams: { app: { \(list) \(group) } }
                \(more)

                """)
    }

    /// As above, before these origins.
    convenience init(_ origins: [NamedOrigin], group: String = "", _ more: String = "") throws {
        try self.init(origins.map(\.address), group: group, more)
    }

    /// Who answered so many requests: the body of a 200, the status of anything else.
    func answers(_ count: Int) throws -> [String] {
        try (0..<count).map { _ in
            let answer = try get()
            return answer.status == 200 ? answer.text : "\(answer.status)"
        }
    }

    /// Waits until `name` has answered a request.
    func isServed(by name: String) throws -> Bool {
        try eventually { try answers(1) == [name] }
    }

    /// Waits until the log has `count` lines with all of these words.
    func logs(_ words: String..., times count: Int = 1) -> Bool {
        eventually { lines(with: words).count >= count }
    }

    /// The lines of the log with all of these words.
    func lines(with words: [String]) -> [Substring] {
        process.errors.split(separator: "\n").filter { line in
            words.allSatisfy { line.contains($0) }
        }
    }
}
