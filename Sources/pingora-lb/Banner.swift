import PingoraConfig
import PingoraCore
import PingoraGateway

/// What the program says about itself on a terminal.
enum Banner {
    /// What is served, and for a demo what to try next.
    static func text(for configuration: GatewayConfiguration, _ options: CommandLineOptions)
        -> String
    {
        var lines = ["", "  \(HelpText.version)", ""]
        lines += table(of: configuration)
        let plain = configuration.listeners.first { configuration.secureListeners[$0] == nil }
        if options.isDemo, let address = plain {
            lines += ["", "  Try:", "    curl http://\(address)"]
            lines += configuration.secureListeners.keys.map { "    curl --insecure https://\($0)" }
            lines += [
                "    curl -v http://\(address)/any/path",
                "    for i in 1 2 3 4; do curl -s http://\(address) | head -1; done",
                "", "  Stop with Ctrl-C.",
            ]
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// What `--test` says of a configuration without problems.
    static func summary(
        of configuration: GatewayConfiguration, _ options: CommandLineOptions
    ) -> String {
        let source = options.configurationFile.map(ShownText.escaped) ?? "command line"
        return (["\(source): configuration is ok"] + table(of: configuration))
            .joined(separator: "\n") + "\n"
    }

    private static func table(of configuration: GatewayConfiguration) -> [String] {
        var rows: [(String, String)] = []
        for listener in configuration.listeners {
            let isSecure = configuration.secureListeners[listener] != nil
            rows.append(("listen", isSecure ? "\(listener)  TLS" : "\(listener)"))
        }
        for upstream in configuration.upstreams {
            let layer = upstream.tls == nil ? "" : "  TLS"
            for server in upstream.servers {
                let weight = server.weight == 1 ? "" : "  weight \(server.weight)"
                rows.append(("upstream", "\(upstream.name)  \(server.address)\(weight)\(layer)"))
            }
        }
        for route in configuration.routes {
            let target = configuration.upstreams[route.upstream].name
            rows.append(("route", "\(route.host ?? "*")\(route.pathPrefix)  to \(target)"))
        }
        rows.append(("threads", "\(configuration.threads)"))
        return rows.map { name, value in
            "  " + name + String(repeating: " ", count: 10 - name.count) + ShownText.escaped(value)
        }
    }
}
