import PingoraConfig
import PingoraCore
import Testing

@testable import PingoraGateway

@Suite("Keys of the process and its upgrade")
struct ConfigurationUpgradeTests {
    private static let status =
        "expected a status such as 200, a range such as 200-399, or a list of those, got "
    private static let path = "expected a path that begins with / such as /healthz, got "
    private static let host = "expected a host such as example.com or example.com:8080, got "

    static let problems: [(String, String)] = [
        ("daemon: on", #"3:9: daemon: expected true or false, got "on", did you mean "true"?"#),
        ("daemon:", "3:8: daemon: expected true or false, got nothing"),
        ("group: a", "3:8: group: needs 'user' as well: a group alone takes no rights away"),
        ("user: a:b", "3:7: user: expected the name or number of a user, got \"a:b\""),
        ("user: 'a b'", "3:7: user: expected the name or number of a user, got \"a b\""),
        ("user: []\ngroup: b", "3:7: user: expected the name or number of a user, got a list"),
        ("user: a\ngroup: /", "4:8: group: expected the name or number of a group, got \"/\""),
        (
            "working_directory: run",
            "3:20: working_directory: expected a path that begins with / such as /var/lib/app, "
                + "got \"run\""
        ),
        ("upgrade: []", "3:10: upgrade: expected a mapping, got a list"),
        (
            "upgrade: {waits: 1s}", "3:11: upgrade: unknown key 'waits', did you mean 'wait'?"
        ),
        ("upgrade: {probes: /}", "3:19: upgrade.probes: expected a list of probes, got \"/\""),
        ("upgrade: {probes: [/]}", "3:20: upgrade.probes[0]: expected a mapping, got \"/\""),
        (
            "upgrade: {probes: [{host: h}]}",
            "3:20: upgrade.probes[0].path: missing: expected a path such as /healthz"
        ),
        (
            "upgrade: {probes: [{path: /}]}",
            "3:20: upgrade.probes[0].host: missing: expected what Host says, example.com"
        ),
        (
            "upgrade: {probes: [{path: /, host: h, method: POST}]}",
            "3:47: upgrade.probes[0].method: expected GET or HEAD, got \"POST\""
        ),
        (
            "upgrade: {probes: [{path: /, host: h, method: get}]}",
            "3:47: upgrade.probes[0].method: expected GET or HEAD, got \"get\", "
                + "did you mean \"GET\"?"
        ),
        (probe("*", "h", "200"), "3:27: upgrade.probes[0].path: \(path)\"*\""),
        (
            probe("http://h/", "h", "200"),
            "3:27: upgrade.probes[0].path: \(path)\"http://h/\""
        ),
        (
            probe("/a b", "h", "200"),
            "3:27: upgrade.probes[0].path: \(path)\"/a b\": percent-encode what is not visible "
                + "ASCII"
        ),
        (
            probe("/a#b", "h", "200"),
            "3:27: upgrade.probes[0].path: \(path)\"/a#b\": a request has no fragment"
        ),
        (
            probe("/", "a/", "200"),
            "3:38: upgrade.probes[0].host: \(host)\"a/\": leave the scheme out"
        ),
        (probe("/", "h", "2xx"), "3:51: upgrade.probes[0].status: \(status)\"2xx\""),
        (probe("/", "h", "200-"), "3:51: upgrade.probes[0].status: \(status)\"200-\""),
        (probe("/", "h", "-200"), "3:51: upgrade.probes[0].status: \(status)\"-200\""),
        (
            probe("/", "h", "200-201-202"),
            "3:51: upgrade.probes[0].status: \(status)\"200-201-202\""
        ),
        (
            probe("/", "h", "399-200"),
            "3:51: upgrade.probes[0].status: \(status)\"399-200\": the lower one comes first"
        ),
        (
            probe("/", "h", "200-600"),
            "3:51: upgrade.probes[0].status: \(status)\"200-600\": statuses are from 100 to 599"
        ),
        (probe("/", "h", "[]"), "3:51: upgrade.probes[0].status: \(status)a list"),
        (probe("/", "h", "[200, [201]]"), "3:57: upgrade.probes[0].status[1]: \(status)a list"),
        (probe("/", "h", "{}"), "3:51: upgrade.probes[0].status: \(status)a mapping"),
    ]

    private static func probe(_ path: String, _ host: String, _ status: String) -> String {
        "upgrade: {probes: [{path: \"\(path)\", host: \"\(host)\", status: \(status)}]}"
    }

    @Test("have problems", arguments: problems)
    func rejects(text: String, expected: String) {
        let (_, problems) = ConfigurationFixture.read(ConfigurationFixture.base + text)
        #expect(problems == ["f:\(expected)"])
    }

    @Test(
        "take statuses",
        arguments: [
            ("200", [200...200]), ("200-299", [200...299]), ("[204]", [204...204]),
            ("[200-299, 301, 304-304]", [200...299, 301...301, 304...304]),
            ("100-599", [100...599]), ("0200", [200...200]),
        ] as [(String, [ClosedRange<Int>])])
    func statuses(text: String, expected: [ClosedRange<Int>]) {
        let (configuration, problems) = ConfigurationFixture.read(
            ConfigurationFixture.base + Self.probe("/", "h", text))
        #expect(problems == [])
        #expect(configuration.upgrade.probes.map(\.statuses) == [expected])
    }

    @Test("take probes in their order, and an empty list for none")
    func probes() {
        let text =
            ConfigurationFixture.base + """
                upgrade:
                  probes:
                    - { path: "/a?b=c", host: "[::1]:80" }
                    - { path: /, host: example.com, method: HEAD, status: 404 }
                """
        let (configuration, problems) = ConfigurationFixture.read(text)
        #expect(problems == [])
        #expect(
            configuration.upgrade.probes == [
                .init(path: "/a?b=c", host: "[::1]:80"),
                .init(path: "/", host: "example.com", method: "HEAD", statuses: [404...404]),
            ])
        let none = ConfigurationFixture.read(ConfigurationFixture.base + "upgrade: {probes: []}")
        #expect(none.problems == [] && none.configuration.upgrade == .init())
    }
}
