import Glibc
import Testing

/// What the project is about: `kill -QUIT OLD && pingora-lb -c FILE -d -u`, and nobody notices.
@Suite("Ten upgrades in a row", .serialized)
struct UpgradeUnderLoadTests {
    private static let upgrades = 10
    /// By when the old process has to be gone.
    private static let lingeringSeconds = 1.0
    /// Pooled connections and one-shot clients come and go; a leak of one listener in each upgrade
    /// would be 24.
    private static let descriptorSlack = 20
    /// Transfers that outlast every upgrade, a WebSocket, and hurried and idle clients.
    private static let options = [
        "--clients", "8", "--one-shot", "4", "--idle", "30", "--idle-seconds", "2", "--rate", "300",
        "--downloads", "1", "--uploads", "1", "--slow-seconds", "8",
    ]
    private static let optionsIPv6 = [
        "--clients", "2", "--one-shot", "2", "--idle", "4", "--idle-seconds", "1", "--rate", "60",
        "--downloads", "1", "--uploads", "0", "--slow-seconds", "5",
    ]

    @Test("cost no client anything, and leave one process with the same sockets")
    func load() throws {
        let origin = try UpgradingLoad.startOrigin()
        let daemon = try UpgradingDaemon(upstream: origin.port)
        let first = try daemon.launch()
        let inodes = ProcessEntry.listeningInodes(port: daemon.port)
        #expect(inodes.count == (UpgradingDaemon.hasIPv6 ? 2 : 1))
        #expect(daemon.processes == [first])

        let load = try UpgradingLoad(
            on: "127.0.0.1:\(daemon.port)", UpgradeUnderLoadTests.options)
        let loadIPv6 =
            try UpgradingDaemon.hasIPv6
            ? UpgradingLoad(on: "[::1]:\(daemon.port)", UpgradeUnderLoadTests.optionsIPv6) : nil
        let unixClients = UpgradingUnixClients(at: daemon.socketPath)
        usleep(1_500_000)
        var descriptors: [Int] = []
        for number in 1...UpgradeUnderLoadTests.upgrades {
            try upgrade(daemon, newFirst: number.isMultiple(of: 2))
            #expect(ProcessEntry.listeningInodes(port: daemon.port) == inodes)
            descriptors.append(daemon.current?.descriptorCount ?? 0)
            usleep(500_000)
        }
        #expect(
            descriptors[9] - descriptors[1] < UpgradeUnderLoadTests.descriptorSlack,
            "\(descriptors)")

        let unix = unixClients.finish()
        let counts = [try load.finish()] + (try loadIPv6.map { [try $0.finish()] } ?? [])
        for count in counts {
            #expect(count.faults == 0, "\(count.events)")
            #expect(count.requests > 200)
            #expect(count.messages > 50)
            #expect(count.downloads > 0)
        }
        #expect(unix.failures.isEmpty, "\(unix.failures)")
        #expect(unix.answers > 200)
        #expect(!daemon.log.contains("level=error"), "\(daemon.log.suffix(3000))")
    }

    /// One upgrade. The old process is gone a second later, and its pid file with it.
    private func upgrade(_ daemon: UpgradingDaemon, newFirst: Bool) throws {
        let old = try #require(daemon.current)
        let new = try daemon.replace(newFirst: newFirst)
        let previous = daemon.previous
        // While it lives its file does; what we read may be older than its end.
        #expect(previous == old || !old.isAlive)
        #expect(new != old)
        #expect(new.isAlive)
        let isAlone = eventually(within: UpgradeUnderLoadTests.lingeringSeconds) {
            daemon.processes == [new]
        }
        #expect(isAlone, "left: \(daemon.processes), serving: \(new)")
        #expect(daemon.current == new)
        #expect(daemon.previous == nil)
    }
}
