import PingoraCore
import PingoraProxy
import Testing

@testable import PingoraGateway

@Suite("ConfigurationDifference")
struct ConfigurationDifferenceTests {
    /// The keys that have one value each, and are no part of a list or a name's.
    private static let keys = ConfigurationKeysTests.keys.filter { key in
        let isPart = ["upstreams.", "routes[].", "listeners[].", "upgrade.probes[]."].contains {
            key.path.hasPrefix($0)
        }
        return !isPart && key.path != "extensions"
    }

    @Test("compares every key of the file")
    func everyKey() {
        let compared = ConfigurationSetting.all.map(\.key)
        #expect(Set(compared).count == compared.count)
        let gathering: Set = ["upgrade.probes", "listeners[].connect_ports", "listeners[].tls"]
        #expect(Set(compared) == Set(Self.keys.map(\.path)).union(gathering))
    }

    @Test("says values as the file would", arguments: keys.map(\.path))
    func values(path: String) throws {
        let key = try #require(Self.keys.first { $0.path == path })
        let setting = try #require(ConfigurationSetting.all.first { $0.key == path })
        for value in [key.value, nil] {
            let read = configuration(path, value)
            let text = setting.text(read)
            if text == "none" { continue }
            #expect(!setting.differs(read, configuration(path, text)), "\(text)")
        }
    }

    @Test("leaves to the next start what makes up the process, and nothing else")
    func moments() {
        let later = ConfigurationSetting.all.filter { $0.moment == .nextStart }.map(\.key)
        #expect(
            later == [
                "version", "threads", "daemon", "pid_file", "user", "group", "working_directory",
                "upstream_keepalive_pool_size", "upgrade_sock",
            ])
        var new = GatewayConfiguration()
        new.threads += 1
        new.proxy.maximumTries = 5
        new.listeners = [.unix("/a")]
        let difference = ConfigurationDifference(from: GatewayConfiguration(), to: new)
        #expect(difference.changes(applied: .nextStart).count == 1)
        #expect(
            difference.changes(applied: .reload) == [
                .listenerAdded(.unix("/a")),
                .settingChanged(key: "max_retries", from: "16", to: "5", applied: .reload),
            ])
    }

    @Test("has one change back for each change there")
    func reversed() {
        let old = configuration("threads", "2")
        var new = configuration("timeouts.connect", "1s")
        new.listeners = [.unix("/a"), .unix("/b")]
        new.upstreams[0].servers = [.init(address: .unix("/c"), weight: 2)]
        new.upstreams[0].hostHeader = "h"
        new.routes = [.init(host: "a", upstream: 0)]
        let there = ConfigurationDifference(from: old, to: new)
        let back = ConfigurationDifference(from: new, to: old)
        #expect(there.changes.count == back.changes.count)
        #expect(there != back && !there.isEmpty)
        #expect(ConfigurationDifference(from: new, to: new).isEmpty)
    }

    @Test("takes servers that the command line gives twice for one of twice the weight")
    func twice() {
        var (old, new) = (GatewayConfiguration(), GatewayConfiguration())
        let server = GatewayConfiguration.Server(address: .unix("/a"))
        old.upstreams = [.init(name: "a", servers: [server])]
        new.upstreams = [.init(name: "a", servers: [server, server])]
        #expect(
            ConfigurationDifference(from: old, to: new).changes == [
                .weightChanged(.unix("/a"), upstream: "a", from: 1, to: 2)
            ])
    }

    @Test("sees only the first of several routes that match the same, as requests do")
    func hidden() {
        var old = GatewayConfiguration()
        old.upstreams = ["a", "b"].map { .init(name: $0, servers: []) }
        old.routes = [.init(host: "h", upstream: 0)]
        var new = old
        new.routes.append(.init(host: "H", upstream: 1))
        #expect(ConfigurationDifference(from: old, to: new).isEmpty)
    }

    private func configuration(_ path: String, _ value: String?) -> GatewayConfiguration {
        let file = ConfigurationFixture.file(setting: path, to: value)
        return ConfigurationFixture.read(file).configuration
    }
}
