/// `pingora-lb` with a configuration file.
extension RunningProxy {
    /// Starts it with one upstream `app` of these servers, and `more` at the end of its file.
    convenience init(upstreams: [UInt16], file more: String) throws {
        let servers = upstreams.map { "127.0.0.1:\($0)" }.joined(separator: ", ")
        try self.init(
            file: """
                version: 1
                threads: 2
                log_level: debug
                listeners: [127.0.0.1:0]
                upstreams:
                  app:
                    servers: [\(servers)]
                \(more)

                """)
    }

    /// Starts it with this file.
    convenience init(file text: String) throws {
        let directory = try TemporaryDirectory()
        try self.init(["-c", directory.write("lb.yaml", text)], in: directory)
    }
}
