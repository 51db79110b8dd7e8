import PingoraConfig
import PingoraCore

extension ConfigurationReader {
    /// A second for what is at hand; ten minutes, beyond which nobody waits for an upgrade.
    private static let wait = Duration.seconds(1)...Duration.seconds(600)
    /// Enough to tell a rare failure; all of them have to fit into the probation.
    private static let probeRequests = 1...10_000

    mutating func readUpgrade(_ section: inout ConfigurationSection) {
        read(&section, "wait", into: &configuration.upgrade.wait)
        read(&section, "preparation", into: &configuration.upgrade.preparation)
        read(&section, "probation", into: &configuration.upgrade.probation)
        section["probe_requests"]?.integer(in: Self.probeRequests)
            .assign(to: &configuration.upgrade.probeRequests)
        let probes = section["probes"]?.elements("a list of probes") ?? []
        configuration.upgrade.probes = probes.compactMap(readProbe)
    }

    private func read(
        _ section: inout ConfigurationSection, _ key: String, into limit: inout TimeLimit
    ) {
        section[key]?.duration(in: Self.wait).map { TimeLimit($0) }.assign(to: &limit)
    }

    /// nil where it has problems.
    private func readProbe(_ element: ConfigurationValue) -> GatewayConfiguration.Probe? {
        var read: GatewayConfiguration.Probe?
        element.section { section in
            let (path, host) = (section["path"], section["host"])
            var probe = GatewayConfiguration.Probe(path: "", host: "")
            section["method"]?.choice(of: ["GET": "GET", "HEAD": "HEAD"])
                .assign(to: &probe.method)
            section["status"]?.statuses().assign(to: &probe.statuses)
            if path == nil {
                section.reportMissing("path", "missing: expected a path such as /healthz")
            }
            if host == nil {
                section.reportMissing("host", "missing: expected what Host says, example.com")
            }
            // Both are read, so that both are reported.
            let (target, name) = (path?.requestTarget(), host?.hostWithPort())
            guard let target, let name else { return }
            (probe.path, probe.host) = (target, name)
            read = probe
        }
        return read
    }
}

extension ConfigurationValue {
    /// Three digits, the first of which names a class (RFC 9110 §15).
    private static let codes = 100...599
    private static let statuses =
        "a status such as 200, a range such as 200-399, or a list of those"

    /// A status, a range of them, or a list of those.
    func statuses() -> [ClosedRange<Int>]? {
        guard case .sequence = node.content else { return statusRange().map { [$0] } }
        let elements = elements()
        if elements.isEmpty { reportExpected(Self.statuses) }
        let ranges = elements.compactMap { $0.statusRange() }
        return ranges.isEmpty || ranges.count < elements.count ? nil : ranges
    }

    private func statusRange() -> ClosedRange<Int>? {
        guard let text = text(Self.statuses) else { return nil }
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        let codes = parts.compactMap { part in
            part.utf8.allSatisfy { 48...57 ~= $0 } ? Int(part) : nil
        }
        guard codes.count == parts.count, parts.count <= 2, let first = codes.first,
            let last = codes.last
        else {
            reportExpected(Self.statuses)
            return nil
        }
        guard first <= last else {
            reportExpected(Self.statuses, hint: ": the lower one comes first")
            return nil
        }
        guard Self.codes ~= first, Self.codes ~= last else {
            reportExpected(Self.statuses, hint: ": statuses are from 100 to 599")
            return nil
        }
        return first...last
    }
}
