import PingoraCore
import PingoraTLS
import Testing

@testable import PingoraGateway

@Suite("TLS in a configuration")
struct ConfigurationTLSTests {
    private static let pair = "certificate: /c, key: /k"

    @Test("has one certificate in short, or a list")
    func certificates() {
        let short = Self.listener("{\(Self.pair)}")
        #expect(short.problems == [])
        let options = short.tls?.options
        #expect(options?.certificates == [.init(chain: "/c", key: "/k")])
        let long = Self.listener(
            "{certificates: [{chain: /c, key: /k, names: [A.b]}, {chain: /d, key: /e, ocsp: /o}]}")
        #expect(long.problems == [])
        #expect(
            long.tls?.options.certificates == [
                .init(chain: "/c", key: "/k", names: ["A.b"]),
                .init(chain: "/d", key: "/e", ocspResponse: "/o"),
            ])
    }

    @Test("takes relative paths from the working directory, where there is one")
    func relativePaths() {
        let text = """
            listeners: [{address: 127.0.0.1:80, tls: {certificate: c, key: /k}}]
            upstreams: {app: {servers: [127.0.0.1:81], tls: {server_name: s, ca: a/b}}}

            """
        for (line, chain, authorities) in [
            ("", "c", "a/b"), ("working_directory: /w", "/w/c", "/w/a/b"),
            ("working_directory: /", "/c", "/a/b"),
        ] {
            let (configuration, problems) = ConfigurationFixture.read(text + line)
            #expect(problems == [])
            let files = configuration.secureListeners.values.first?.options.certificates
            #expect(files == [.init(chain: chain, key: "/k")])
            #expect(configuration.upstreams[0].tls?.authorities == authorities)
        }
    }

    @Test(
        "of a listener reports what does not fit",
        arguments: [
            ("{}", "tls.certificates: missing: expected a list of { chain: PATH, key: PATH }"),
            ("on", "tls: expected a mapping, got \"on\""),
            ("{certificates: []}", "tls.certificates: empty: expected at least one"),
            ("{certificate: /c}", "tls.key: missing: expected the path of the private key"),
            ("{key: /k}", "tls.certificate: missing: expected the path of a certificate"),
            ("{certificates: [{chain: /c}]}", "tls.certificates[0].key: missing"),
            ("{certificates: [{key: /k}]}", "tls.certificates[0].chain: missing"),
            (
                "{certificates: [{chain: /c, key: /k}], key: /k}",
                "tls.key: there is 'certificates' already"
            ),
            (
                "{certificates: [{chain: /c, key: /k, names: [a b]}]}",
                "tls.certificates[0].names[0]: expected a host"
            ),
            (
                "{certificates: [{chain: /c, key: /k, names: [a.b]},"
                    + " {chain: /d, key: /e, names: [A.B]}]}",
                "tls.certificates[1].names[0]: is a name of the certificate in line 1 already"
            ),
            (
                "{\(pair), profile: old}",
                "tls.profile: expected intermediate or modern, got \"old\""
            ),
            ("{\(pair), client_certificates: optional}", "tls.client_ca: missing"),
            ("{\(pair), client_ca: /a}", "tls.client_ca: needs client_certificates"),
            (
                "{\(pair), client_subject_header: X-S}",
                "tls.client_subject_header: needs client_certificates"
            ),
            (
                "{\(pair), client_certificates: required, client_ca: /a,"
                    + " client_subject_header: Host}",
                "tls.client_subject_header: expected the name of a field such as X-Client-Subject, "
                    + "got \"Host\": that one has a meaning of its own"
            ),
            (
                "{\(pair), client_certificates: required, client_ca: /a,"
                    + " client_subject_header: 'a b'}",
                "tls.client_subject_header: expected the name of a field"
            ),
            ("{\(pair), certficate: /c}", "unknown key 'certficate', did you mean 'certificate'?"),
        ])
    func listenerProblems(tls: String, expected: String) {
        let problems = Self.listener(tls).problems
        #expect(problems.count == 1, "\(problems)")
        #expect(problems.first?.contains(expected) ?? false, "\(problems)")
        #expect(problems.first?.hasPrefix("f:1:") ?? false, "\(problems)")
    }

    @Test("has to be the same for listeners that look the same")
    func sameListeners() {
        let problems = ConfigurationFixture.read(
            """
            listeners: [127.0.0.1:0, {address: 127.0.0.1:0, tls: {\(Self.pair)}}]
            upstreams: {app: {servers: [127.0.0.1:81]}}

            """
        ).problems
        #expect(problems.count == 1)
        #expect(problems.first?.contains("needs the tls of the one in line 1") ?? false)
    }

    @Test(
        "of an upstream means the host of host_header, unless it says who is meant",
        arguments: [
            ("host_header: a.b, tls: {}", "a.b", nil),
            ("host_header: 'a.b:8443', tls: {}", "a.b", nil),
            ("host_header: '[::1]:8443', tls: {}", "::1", nil),
            ("host_header: a.b, tls: {server_name: c.d}", "c.d", nil),
            ("tls: {server_name: c.d, alternative_name: e_f.g}", "c.d", "e_f.g"),
            ("tls: {server_name: '::1'}", "::1", nil),
            ("tls: {alternative_name: e.f}", nil, "e.f"),
            ("tls: {verify_host: false}", nil, nil), ("tls: {verify: false}", nil, nil),
        ] as [(String, String?, String?)])
    func serverNames(keys: String, name: String?, alternative: String?) {
        let (configuration, problems) = Self.upstream(keys)
        #expect(problems == [])
        let tls = configuration.upstreams[0].tls
        #expect(tls != nil)
        #expect(tls?.serverName == name)
        #expect(tls?.alternativeName == alternative)
    }

    @Test("verifies chain and name unless it is told not to")
    func verification() {
        let tls = Self.upstream("tls: {server_name: a.b}").configuration.upstreams[0].tls
        #expect(tls?.verifiesCertificate == true && tls?.verifiesHostName == true)
        #expect(tls?.minimumVersion == .tls12)
        #expect(Self.upstream("failover: true").configuration.upstreams[0].tls == nil)
    }

    @Test(
        "of an upstream reports what does not fit",
        arguments: [
            ("tls: {}", "tls.server_name: missing: expected the host name in the servers'"),
            ("tls: true", "tls: expected a mapping, got \"true\""),
            ("tls: {server_name: 'a:1'}", "got \"a:1\": leave the port out"),
            ("tls: {server_name: 'https://a'}", "leave the scheme and the path out"),
            ("tls: {server_name: '*.a.b'}", "servers have a name of their own"),
            ("tls: {server_name: a.b, certificate: /c}", "tls.key: missing"),
            ("tls: {server_name: a.b, key: /k}", "tls.certificate: missing"),
            ("tls: {server_name: a.b, min_version: 1.1}", "expected 1.2 or 1.3, got \"1.1\""),
            ("tls: {server_name: a.b, verify: no}", "expected true or false, got \"no\""),
        ])
    func upstreamProblems(keys: String, expected: String) {
        let problems = Self.upstream(keys).problems
        #expect(problems.count == 1, "\(problems)")
        #expect(problems.first?.contains(expected) ?? false, "\(problems)")
    }

    private static func listener(
        _ tls: String
    ) -> (tls: GatewayConfiguration.ListenerTLS?, problems: [String]) {
        let (configuration, problems) = ConfigurationFixture.read(
            "listeners: [{address: 127.0.0.1:80, tls: \(tls)}]\n"
                + "upstreams: {app: {servers: [127.0.0.1:81]}}\n")
        return (configuration.secureListeners[.ipv4(0x7f00_0001, port: 80)], problems)
    }

    private static func upstream(
        _ keys: String
    ) -> (configuration: GatewayConfiguration, problems: [String]) {
        ConfigurationFixture.read(
            "listeners: [127.0.0.1:80]\n"
                + "upstreams: {app: {servers: [127.0.0.1:81], \(keys)}}\n")
    }
}
