import PingoraConfig
import Testing

@testable import PingoraGateway

@Suite("Problems of a configuration")
struct ConfigurationProblemsTests {
    private static let noAddress =
        "expected an address such as 10.0.0.1:80, [::1]:80 or unix:/run/app.sock, got "
    private static let names = "names are not resolved here, got "
    private static let write = ": write an address such as 10.0.0.1:80"

    static let listeners: [(String, String)] = [
        ("", "1:1: listeners: missing: expected a list with an address such as 0.0.0.0:6188"),
        (
            "listeners:",
            "2:11: listeners: empty: expected at least one address such as 0.0.0.0:6188"
        ),
        (
            "listeners: []",
            "2:12: listeners: empty: expected at least one address such as 0.0.0.0:6188"
        ),
        ("listeners: x", "2:12: listeners: expected a list of addresses, got \"x\""),
        ("listeners: [{}]", "2:13: listeners[0].address: missing: where to listen"),
        ("listeners: [[x]]", "2:13: listeners[0]: expected a mapping, got a list"),
        (
            "listeners: [{address: 1.1.1.1:1, adress: x}]",
            "2:34: listeners[0]: unknown key 'adress', did you mean 'address'?"
        ),
        (
            "listeners: [127.0.0.1:80, {address: 127.0.0.1:80}]",
            "2:37: listeners[1].address: \"127.0.0.1:80\" is a listener already, in line 2"
        ),
        (
            "listeners: [unix:/a, unix:/a]",
            "2:22: listeners[1]: \"unix:/a\" is a listener already, in line 2"
        ),
    ]

    @Test("of listeners", arguments: listeners)
    func listener(text: String, expected: String) {
        expect("upstreams: {app: {servers: [127.0.0.1:81]}}\n" + text, expected)
    }

    static let addresses: [(String, String)] = [
        ("localhost:80", names + "\"localhost:80\"" + write),
        ("localhost", names + "\"localhost\"" + write),
        ("app-1.internal:8080", names + "\"app-1.internal:8080\"" + write),
        ("127.0.0.1", noAddress + "\"127.0.0.1\": the port is missing"),
        ("8080", noAddress + "\"8080\": the address is missing"),
        ("':8080'", noAddress + "\":8080\": the address is missing"),
        ("'[::1]'", noAddress + "\"[::1]\": the port is missing"),
        ("'[::g]:1'", noAddress + "\"[::g]:1\""),
        ("'::1:80'", noAddress + "\"::1:80\": an IPv6 address stands in brackets"),
        ("http://10.0.0.1:80", noAddress + "\"http://10.0.0.1:80\": leave the scheme out"),
        ("10.0.0.1:http", noAddress + "\"10.0.0.1:http\": a port is a number from 0 to 65535"),
        ("10.0.0.1:65536", noAddress + "\"10.0.0.1:65536\": a port is a number from 0 to 65535"),
        ("10.0.0.256:80", noAddress + "\"10.0.0.256:80\""),
        ("'unix:'", noAddress + "\"unix:\": the path is missing"),
        (
            "unix:/" + String(repeating: "x", count: 107),
            noAddress + "\"unix:/" + String(repeating: "x", count: 34)
                + "...\": a Unix path has at most 107 bytes"
        ),
        ("~", noAddress + "nothing"),
    ]

    @Test("of addresses", arguments: addresses)
    func address(text: String, expected: String) {
        expect(
            "upstreams: {app: {servers: [127.0.0.1:81]}}\nlisteners:\n  - \(text)",
            "3:5: listeners[0]: \(expected)")
        expect(
            "listeners: [127.0.0.1:80]\nupstreams:\n  a:\n    servers:\n      - address: \(text)",
            "5:18: upstreams.a.servers[0].address: \(expected)")
    }

    static let upstreams: [(String, String)] = [
        ("", "1:1: upstreams: missing: expected a mapping of names to groups of servers"),
        ("upstreams: {}", "2:12: upstreams: empty: expected at least one name with its servers"),
        (
            "upstreams: [a]",
            "2:12: upstreams: expected a mapping of names to groups of servers, got a list"
        ),
        (
            "upstreams: {a: }",
            "2:16: upstreams.a.servers: missing: expected a list of addresses such as 10.0.0.1:80"
        ),
        (
            "upstreams: {a: {servers: []}}",
            "2:26: upstreams.a.servers: empty: expected at least one address such as 10.0.0.1:80"
        ),
        (
            "upstreams: {a: {servers: 1.1.1.1:1}}",
            "2:26: upstreams.a.servers: expected a list of addresses, got \"1.1.1.1:1\""
        ),
        (
            "upstreams: {'a b': {servers: [1.1.1.1:1]}}",
            "2:13: upstreams.\"a b\": expected a name of 1 to 64 letters, digits, '-', '_' and '.'"
        ),
        (
            "upstreams: {a: {server: x, servers: [1.1.1.1:1]}}",
            "2:17: upstreams.a: unknown key 'server', did you mean 'servers'?"
        ),
        (
            "upstreams: {a: {algorithm: consistent, servers: [1.1.1.1:1]}}",
            "2:28: upstreams.a.algorithm: consistent is called ketama here"
        ),
        (
            "upstreams: {a: {hash_key: uri, servers: [1.1.1.1:1]}}",
            "2:27: upstreams.a.hash_key: round_robin uses no key: only ketama, fnv_hash, "
                + "bounded_load and maglev do"
        ),
        (
            "upstreams: {a: {algorithm: ketama, hash_key: heder:X, servers: [1.1.1.1:1]}}",
            "2:46: upstreams.a.hash_key: expected uri, path, host, client_address, header:NAME or "
                + "cookie:NAME, got \"heder:X\", did you mean \"header\"?"
        ),
        (
            "upstreams: {a: {servers: [{address: 1.1.1.1:1, backup: true}]}}",
            "2:26: upstreams.a.servers: every server is a backup: expected one that is none"
        ),
        (
            "upstreams: {a: {discovery: {dns: 1.1.1.1:80}}}",
            "2:34: upstreams.a.discovery.dns: expected a name with a port such as "
                + "app.internal:80, got \"1.1.1.1:80\": an address goes to servers"
        ),
        (
            "upstreams: {a: {discovery: {}, servers: [1.1.1.1:1]}}",
            "2:28: upstreams.a.discovery: expected a source: dns, dns_service, file or http"
        ),
        (
            "upstreams: {a: {discovery: {http: 'https://1.1.1.1:8/'}}}",
            "2:35: upstreams.a.discovery.http: expected a URL such as "
                + "http://10.0.0.1:8500/servers, got \"https://1.1.1.1:8/\": only http is asked"
        ),
        (
            "upstreams: {a: {discovery: {dns: a:1, file: /f}}}",
            "2:45: upstreams.a.discovery.file: a second source: expected one"
        ),
        (
            "upstreams: {a: {health_check: {status: 200}, servers: [1.1.1.1:1]}}",
            "2:40: upstreams.a.health_check.status: needs path: without one nothing is asked, "
                + "a connection is enough"
        ),
        (
            "upstreams: {a: {sticky: {cookie: 'a b', secret_file: /s}, servers: [1.1.1.1:1]}}",
            "2:34: upstreams.a.sticky.cookie: expected the name of a cookie: letters, digits, '-' "
                + "and '_', got \"a b\""
        ),
        (
            "upstreams: {a: {sticky: {cookie: a}, servers: [1.1.1.1:1]}}",
            "2:25: upstreams.a.sticky.secret_file: missing: expected the path of a file with 16 "
                + "bytes or more"
        ),
        (
            "upstreams: {a: {ejection: {duration: 1h}, servers: [1.1.1.1:1]}}",
            "2:27: upstreams.a.ejection: max_duration is shorter than duration"
        ),
        (
            "upstreams: {a: {algorithm: roundrobin, servers: [1.1.1.1:1]}}",
            "2:28: upstreams.a.algorithm: expected round_robin, random, least_connections, "
                + "two_choices, peak_ewma, ketama, fnv_hash, bounded_load or maglev, "
                + "got \"roundrobin\", did you mean \"round_robin\"?"
        ),
        (
            "upstreams: {a: {host_header: 'http://x', servers: [1.1.1.1:1]}}",
            "2:30: upstreams.a.host_header: expected a host such as example.com or "
                + "example.com:8080, got \"http://x\": leave the scheme out"
        ),
        (
            "upstreams: {a: {host_header: \"x\\r\\ny\", servers: [1.1.1.1:1]}}",
            "2:30: upstreams.a.host_header: expected a host such as example.com or "
                + "example.com:8080, got \"x\\r\\ny\""
        ),
        (
            "upstreams: {a: {servers: [{weight: 2}]}}",
            "2:27: upstreams.a.servers[0].address: missing: where the server listens"
        ),
        (
            "upstreams: {a: {servers: [1.1.1.1:0]}}",
            "2:27: upstreams.a.servers[0]: \"1.1.1.1:0\" has port 0: expected a port "
                + "from 1 to 65535"
        ),
        (
            "upstreams: {a: {servers: [{address: 1.1.1.1:1, weight: 1.5}]}}",
            "2:56: upstreams.a.servers[0].weight: expected an integer from 0 to 65535, got \"1.5\""
        ),
        (
            "upstreams: {a: {servers: [{address: 1.1.1.1:1, weight: 0}]}}",
            "2:26: upstreams.a.servers: every server has weight 0: expected one with a weight "
                + "above 0"
        ),
        (
            "upstreams: {a: {servers: [1.1.1.1:1, {address: 1.1.1.1:1, weight: 3}]}}",
            "2:48: upstreams.a.servers[1].address: \"1.1.1.1:1\" is a server already, in line 2"
        ),
    ]

    @Test("of upstreams", arguments: upstreams)
    func upstream(text: String, expected: String) {
        expect("listeners: [127.0.0.1:80]\n" + text, expected)
    }

    @Test(
        "of every key of Pingora that does nothing here", arguments: ForeignKeys.reasons.map(\.key))
    func foreign(key: String) {
        let reason = ForeignKeys.reasons.first { $0.key == key }?.value ?? ""
        expect(
            ConfigurationFixture.base + "\(key): true",
            "3:1: \(key): this key of Pingora \(reason)")
    }

    private func expect(_ text: String, _ expected: String) {
        #expect(ConfigurationFixture.read(text).problems == ["f:\(expected)"])
    }
}
