import Testing

@testable import PingoraGateway

@Suite("Routes of a configuration")
struct ConfigurationRoutesTests {
    /// Two lines, so that routes begin in the third.
    private static let base = """
        listeners: [127.0.0.1:80]
        upstreams: {app: {servers: [127.0.0.1:81]}, api: {servers: [127.0.0.1:82]}}

        """
    private static let host =
        "3:25: routes[0].match.host: expected a host such as example.com or *.example.com, got "
    private static let path =
        "3:32: routes[0].match.path_prefix: expected a path that begins with / such as /api/, got "
    private static let missing =
        "missing: with 2 upstreams, routes have to say which request goes to which"

    static let rejected: [(String, String)] = [
        ("", "1:1: routes: " + missing),
        ("routes:", "3:8: routes: " + missing),
        ("routes: []", "3:9: routes: " + missing),
        ("routes: {}", "3:9: routes: expected a list of routes, got a mapping"),
        ("routes: [x]", "3:10: routes[0]: expected a mapping, got \"x\""),
        ("routes: [{}]", "3:10: routes[0].upstream: missing: expected the name of an upstream"),
        (
            "routes: [{upstream: ap}]",
            #"3:21: routes[0].upstream: unknown upstream "ap", did you mean "app"?"#
        ),
        ("routes: [{upstream: zzz}]", #"3:21: routes[0].upstream: unknown upstream "zzz""#),
        (
            "routes: [{upstream: [app]}]",
            "3:21: routes[0].upstream: expected the name of an upstream, got a list"
        ),
        (
            "routes: [{match: {hots: x}, upstream: app}]",
            "3:19: routes[0].match: unknown key 'hots', did you mean 'host'?"
        ),
        (
            "routes: [{match: /, upstream: app}]",
            "3:18: routes[0].match: expected a mapping, got \"/\""
        ),
        (
            "routes: [{upstream: app}, {upstream: api}]",
            "3:27: routes[1]: matches the same as the route in line 3"
        ),
        (
            "routes: [{match: {host: A.b}, upstream: app}, {match: {host: a.B}, upstream: api}]",
            "3:47: routes[1]: matches the same as the route in line 3"
        ),
        (match("host", "a:80"), host + "\"a:80\": leave the port out"),
        (match("host", "http://a"), host + "\"http://a\": leave the scheme and the path out"),
        (match("host", "'*'"), host + "\"*\": leave host out to match every host"),
        (match("host", "a.*"), host + "\"a.*\": a wildcard stands only in front, as '*.'"),
        (match("host", "'*.'"), host + "\"*.\": a wildcard stands only in front, as '*.'"),
        (match("host", ".a"), host + "\".a\""),
        (match("host", "'a b'"), host + "\"a b\""),
        (match("host", "'[::1]:80'"), host + "\"[::1]:80\""),
        (match("host", "''"), host + "\"\""),
        (match("path_prefix", "api"), path + "\"api\""),
        (
            match("path_prefix", "'/a b'"),
            path + "\"/a b\": percent-encode what is not visible ASCII"
        ),
        (match("path_prefix", "/ü"), path + "\"/ü\": percent-encode what is not visible ASCII"),
        (match("path_prefix", "'/a?b'"), path + "\"/a?b\": routes see no query"),
        (match("path_prefix", "'/a#b'"), path + "\"/a#b\": routes see no query"),
    ]

    private static func match(_ key: String, _ value: String) -> String {
        "routes: [{match: {\(key): \(value)}, upstream: app}]"
    }

    @Test("have problems", arguments: rejected)
    func rejects(text: String, expected: String) {
        #expect(ConfigurationFixture.read(Self.base + text).problems == ["f:\(expected)"])
    }

    @Test(
        "match hosts and paths",
        arguments: [
            ("{upstream: api}", "* / 1"),
            ("{match: {}, upstream: app}", "* / 0"),
            ("{match: {host: example.com}, upstream: app}", "example.com / 0"),
            (
                "{match: {host: '*.example.com', path_prefix: /x}, upstream: api}",
                "*.example.com /x 1"
            ),
            ("{match: {host: '[::1]'}, upstream: api}", "[::1] / 1"),
            ("{match: {host: my_host-1}, upstream: api}", "my_host-1 / 1"),
            ("{match: {path_prefix: '/a%20b/;c=d'}, upstream: api}", "* /a%20b/;c=d 1"),
        ])
    func accepts(text: String, expected: String) {
        let (configuration, problems) = ConfigurationFixture.read(Self.base + "routes: [\(text)]")
        #expect(problems == [])
        #expect(
            configuration.routes.map { "\($0.host ?? "*") \($0.pathPrefix) \($0.upstream)" }
                == [expected])
    }

    @Test("are not reported for leading to an upstream that has problems itself")
    func brokenUpstream() {
        let text =
            "listeners: [127.0.0.1:80]\nupstreams: {a: {}, b: 1}\n"
            + "routes: [{match: {host: x}, upstream: a}, {upstream: b}]"
        #expect(
            ConfigurationFixture.read(text).problems == [
                "f:2:16: upstreams.a.servers: missing: expected a list of addresses such as "
                    + "10.0.0.1:80",
                "f:2:23: upstreams.b: expected a mapping, got \"1\"",
            ])
    }
}
