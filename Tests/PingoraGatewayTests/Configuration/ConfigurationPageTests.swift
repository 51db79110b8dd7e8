import Foundation
import PingoraConfig
import PingoraCore
import Testing

@testable import PingoraGateway

/// docs/CONFIGURATION.md is checked against the code: every key, default and limit of its tables,
/// and what its examples give.
@Suite("docs/CONFIGURATION.md")
struct ConfigurationPageTests {
    /// A row of a table.
    struct Row {
        var key: String
        var type: String
        var fallback: String
        var limits: String
    }

    private let page: String
    private let rows: [Row]

    init() throws {
        page = try ConfigurationFixture.text(of: "docs/CONFIGURATION.md")
        rows = page.split(separator: "\n").filter { $0.hasPrefix("| `") }.map { line in
            let cells = line.components(separatedBy: "|").map {
                $0.trimmingCharacters(in: .whitespaces)
            }
            return Row(
                key: cells[1].filter { $0 != "`" }, type: cells[2], fallback: cells[3],
                limits: cells[4])
        }
    }

    /// Keys whose values are lists or names that other tests read.
    private static let structural: Set<String> = [
        "listeners[].address", "listeners[].tls.certificates",
        "listeners[].tls.certificates[].chain", "listeners[].tls.certificates[].key",
        "listeners[].tls.certificate", "listeners[].tls.key", "listeners[].tls.client_ca",
        "upstreams.NAME.tls.certificate", "upstreams.NAME.tls.key",
        "upstreams.NAME.servers", "upstreams.NAME.servers[].address", "routes[].upstream",
        "upstreams.NAME.servers[].backup", "upstreams.NAME.sticky.secret_file",
        "upgrade.probes", "upgrade.probes[].path", "upgrade.probes[].host",
    ]

    @Test("has a row for each key, and no other rows")
    func keys() {
        let documented = rows.map(\.key)
        #expect(Set(documented).count == documented.count)
        let known = Self.structural.union(ConfigurationKeysTests.keys.map(\.path))
        #expect(Set(documented) == known)
    }

    @Test("states the defaults of the code")
    func defaults() {
        var checked = 0
        for row in rows where row.fallback.hasPrefix("`") {
            let value = row.fallback.filter { $0 != "`" }
            let set = ConfigurationFixture.read(
                ConfigurationFixture.file(setting: row.key, to: value))
            let unset = ConfigurationFixture.read(
                ConfigurationFixture.file(setting: row.key, to: nil))
            #expect(set.problems == [], "\(row.key)")
            #expect(unset.problems == [], "\(row.key)")
            #expect("\(set.configuration)" == "\(unset.configuration)", "\(row.key)")
            checked += 1
        }
        #expect(checked > 25)
        let others = rows.filter { !$0.fallback.hasPrefix("`") && $0.fallback != "required" }
        #expect(
            others.map { "\($0.key): \($0.fallback.filter { $0 != "`" })" } == [
                "threads: one per processor", "pid_file: none", "user: none", "group: the user's",
                "working_directory: where it was started", "extensions: none",
                "upgrade_sock: none", "upgrade.probes: one built in", "error_log: none",
                "listeners[].tls.certificates[].names: those of the certificate",
                "listeners[].tls.certificates[].ocsp: none",
                "listeners[].tls.certificate: none", "listeners[].tls.key: none",
                "listeners[].tls.client_ca: none", "listeners[].tls.client_subject_header: none",
                "listeners[].tls.key_log: none",
                "upstreams.NAME.host_header: none", "upstreams.NAME.try_timeout: none",
                "upstreams.NAME.servers[].max_requests: none",
                "upstreams.NAME.tls.server_name: the host of host_header",
                "upstreams.NAME.tls.alternative_name: none",
                "upstreams.NAME.tls.ca: the system's", "upstreams.NAME.tls.certificate: none",
                "upstreams.NAME.tls.key: none", "upstreams.NAME.tls.key_log: none",
                "upstreams.NAME.health_check.path: none", "upstreams.NAME.health_check.host: none",
                "upstreams.NAME.health_check.body: none", "upstreams.NAME.health_check.port: none",
                "upstreams.NAME.sticky.max_age: none", "upstreams.NAME.discovery.dns: none",
                "upstreams.NAME.discovery.dns_service: none",
                "upstreams.NAME.discovery.file: none", "upstreams.NAME.discovery.http: none",
                "routes[].match.host: every host", "limits.connections: 3/4 of ulimit -n",
            ])
        let configuration = ConfigurationFixture.read(ConfigurationFixture.base).configuration
        #expect(configuration.threads == ServerOptions.processorCount)
        #expect(configuration.pidFile == nil && configuration.upgradeSocket == nil)
        #expect(configuration.user == nil && configuration.group == nil)
        #expect(configuration.workingDirectory == nil && configuration.upgrade.probes.isEmpty)
        #expect(configuration.errorLog == nil && configuration.upstreams[0].hostHeader == nil)
    }

    @Test("states the limits of the code")
    func limits() {
        let excess = ["integer": "", "duration": "h", "size": "GiB"]
        var checked = 0
        for row in rows where !Self.structural.contains(row.key) {
            let value: String
            if let unit = excess[row.type], row.limits.contains(" to ") {
                value = "99999999999999999999\(unit)"
            } else if row.type.contains("word") {
                value = "[]"
            } else {
                continue
            }
            let text = ConfigurationFixture.file(setting: row.key, to: value)
            let problems = ConfigurationFixture.read(text).problems
            #expect(problems.count == 1, "\(row.key)")
            #expect(problems.first?.contains("\(row.limits), got ") ?? false, "\(row.key)")
            checked += 1
        }
        #expect(checked > 25)
    }

    @Test("names every key of Pingora that is refused")
    func foreignKeys() {
        for (key, _) in ForeignKeys.reasons { #expect(page.contains("`\(key)`"), "\(key)") }
    }

    @Test("names the keys that a reload leaves alone, and shows a difference as it is printed")
    func changes() throws {
        let later = ConfigurationSetting.all.filter { $0.moment == .nextStart }.map(\.key)
        let list = later.map { "`\($0)`" }.joined(separator: ", ")
        #expect(page.replacing("\n", with: " ").contains("start or upgrade: \(list). All else"))
        let golden = try ConfigurationFixture.text(
            of: "Tests/PingoraGatewayTests/Golden/differences.md")
        let start = try #require(page.firstRange(of: "```text\nlisteners\n"))
        let end = try #require(page[start.upperBound...].firstRange(of: "```"))
        let block = page[start.lowerBound..<end.upperBound]
        #expect(golden.contains(block))
    }

    @Test("shows an example that loads, and problems as they are printed")
    func examples() throws {
        let blocks = page.split(separator: "```yaml\n").dropFirst().map { block in
            String(block.prefix(upTo: block.firstRange(of: "```")?.lowerBound ?? block.endIndex))
        }
        try #require(blocks.count == 2)
        #expect(ConfigurationFixture.read(blocks[0]).problems == [])
        let problems = ProblemList()
        _ = GatewayConfiguration(parsing: Array(blocks[1].utf8), problems: problems)
        let printed = ConfigurationError.invalid(file: "lb.yaml", problems.inOrder)
        #expect(page.contains("```text\n\(printed)\n```"))
    }
}
