import PingoraConfig
import PingoraCore
import PingoraProxy

extension ConfigurationReader {
    /// As many threads as any machine has processors.
    private static let threads = 1...1024
    /// Per thread; each idle connection costs a descriptor.
    private static let pooledConnections = 0...100_000
    /// A day: what takes longer is not a request.
    private static let seconds = 0...86_400
    /// In total, the first included. Each may take all upstream timeouts.
    private static let tries = 1...100

    /// At 100 an outage can double the load.
    private static let percent = 0...100

    mutating func readProcess(_ section: inout ConfigurationSection) {
        section["version"]?.choice(of: ["1": 1]).assign(to: &configuration.version)
        section["threads"]?.integer(in: Self.threads).assign(to: &configuration.threads)
        section["daemon"]?.boolean().assign(to: &configuration.runsInBackground)
        section["pid_file"]?.text("a path").assign(to: &configuration.pidFile)
        readUser(&section)
        section["working_directory"]?.absolutePath()
            .assign(to: &configuration.workingDirectory)
        section["upgrade_sock"]?.socketPath().assign(to: &configuration.upgradeSocket)
        section["grace_period_seconds"]?.integer(in: Self.seconds)
            .map { .seconds(Double($0)) }.assign(to: &configuration.gracePeriod)
        section["graceful_shutdown_timeout_seconds"]?.integer(in: Self.seconds)
            .map { .seconds(Double($0)) }.assign(to: &configuration.gracefulShutdownTimeout)
        section["upstream_keepalive_pool_size"]?.integer(in: Self.pooledConnections)
            .assign(to: &configuration.upstreamKeepalivePoolSize)
        section["max_retries"]?.integer(in: Self.tries)
            .assign(to: &configuration.proxy.maximumTries)
        section["retry_budget_percent"]?.integer(in: Self.percent)
            .assign(to: &configuration.proxy.retryPercent)
    }

    private mutating func readUser(_ section: inout ConfigurationSection) {
        let (user, group) = (section["user"], section["group"])
        user?.account("the name or number of a user").assign(to: &configuration.user)
        group?.account("the name or number of a group").assign(to: &configuration.group)
        if let group, user == nil {
            // Whoever keeps root's number keeps its rights, whatever the group.
            group.report("needs 'user' as well: a group alone takes no rights away")
        }
    }
}

extension ConfigurationValue {
    /// What /etc/passwd and /etc/group can hold as a name (man 5 passwd), or a number. Whether it
    /// is there is known where the process starts.
    fileprivate func account(_ expected: String) -> String? {
        guard let text = text(expected) else { return nil }
        guard text.utf8.allSatisfy({ 0x21..<0x7f ~= $0 && $0 != 0x3a && $0 != 0x2f }) else {
            reportExpected(expected)
            return nil
        }
        return text
    }

    /// A path from the root.
    fileprivate func absolutePath() -> String? {
        let expected = "a path that begins with / such as /var/lib/app"
        guard let path = text(expected) else { return nil }
        guard path.hasPrefix("/") else {
            reportExpected(expected)
            return nil
        }
        return path
    }
}
