import Foundation
import PingoraConfig

@testable import PingoraGateway

/// Texts and files that tests of the configuration share.
enum ConfigurationFixture {
    /// Two lines that a file can't do without.
    static let base = """
        listeners: [127.0.0.1:80]
        upstreams: {app: {servers: [127.0.0.1:81]}}

        """

    /// What reading `text` gives and reports.
    static func read(
        _ text: String, supplied: Set<GatewayConfiguration.Part> = []
    ) -> (configuration: GatewayConfiguration, problems: [String]) {
        let problems = ProblemList()
        let configuration = GatewayConfiguration(
            parsing: Array(text.utf8), supplied: supplied, problems: problems)
        return (configuration, problems.inOrder.map { $0.text(file: "f") })
    }

    /// A file that sets the key at a path of docs/CONFIGURATION.md (`timeouts.connect`,
    /// `upstreams.NAME.algorithm`) to `value`, or leaves it out.
    static func file(setting path: String, to value: String?) -> String {
        let parts = path.split(separator: ".").map(String.init)
        let pair = value.map { "\(parts[parts.count - 1]): \($0)" } ?? ""
        let server = "127.0.0.1:81"
        let upstreams =
            if path.hasPrefix("upstreams.NAME.servers[].") {
                "upstreams: {app: {servers: [{address: \(server), \(pair)}]}}"
            } else if path.hasPrefix("upstreams.NAME."), parts.count == 4 {
                "upstreams: {app: {servers: [\(server)], \(parts[2]): {"
                    + "\(companion(of: parts[2], parts[3]))\(pair)}}}"
            } else if path == "upstreams.NAME.hash_key" {
                "upstreams: {app: {servers: [\(server)], algorithm: ketama, \(pair)}}"
            } else if path.hasPrefix("upstreams.NAME.") {
                "upstreams: {app: {servers: [\(server)], \(pair)}}"
            } else {
                "upstreams: {app: {servers: [\(server)]}}"
            }
        let rest =
            if path.hasPrefix("upstreams.") {
                ""
            } else if path.hasPrefix("routes[].match.") {
                "routes: [{match: {\(pair)}, upstream: app}]"
            } else if path.hasPrefix("upgrade.probes[].") {
                "upgrade: {probes: [{path: /, host: h, \(pair)}]}"
            } else if path == "group" {
                "user: u\n\(pair)"
            } else if parts.count == 2 {
                "\(parts[0]): {\(pair)}"
            } else {
                pair
            }
        let isOfListener = path.hasPrefix("listeners[].")
        let listener =
            if path.hasPrefix("listeners[].tls.") {
                "{address: 127.0.0.1:80, tls: {\(listenerTLS(path, pair))}}"
            } else if isOfListener {
                "{address: 127.0.0.1:80, \(pair)}"
            } else {
                "127.0.0.1:80"
            }
        return "listeners: [\(listener)]\n\(upstreams)\n\(isOfListener ? "" : rest)\n"
    }

    /// `tls` of a listener with what `pair` needs beside it.
    private static func listenerTLS(_ path: String, _ pair: String) -> String {
        let isOfCertificate = path.contains("certificates[].")
        let certificate = isOfCertificate ? "chain: /c, key: /k, \(pair)" : "chain: /c, key: /k"
        var keys = ["certificates: [{\(certificate)}]"]
        if path.hasSuffix(".client_subject_header") {
            keys += ["client_certificates: optional", "client_ca: /a"]
        }
        if pair.hasPrefix("client_certificates: "), !pair.hasSuffix("none") {
            keys.append("client_ca: /a")
        }
        if !isOfCertificate { keys.append(pair) }
        return keys.joined(separator: ", ")
    }

    /// What a key of a group's mapping needs beside it.
    private static func companion(of name: String, _ key: String) -> String {
        switch (name, key) {
        case ("health_check", "method"), ("health_check", "host"), ("health_check", "status"),
            ("health_check", "body"):
            "path: /, "
        case ("discovery", "interval"): "file: /f, "
        case ("sticky", _): "secret_file: /s, "
        case ("tls", let key) where key != "server_name": "server_name: s, "
        default: ""
        }
    }

    /// A file of the repository.
    static func text(of path: String) throws -> String {
        let root = (0..<4).reduce(URL(filePath: #filePath)) { url, _ in
            url.deletingLastPathComponent()
        }
        return try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }
}
