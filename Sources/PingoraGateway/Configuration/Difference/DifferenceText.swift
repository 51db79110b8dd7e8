import PingoraConfig
import PingoraCore

/// A difference as a person reads it: a line per change, and a summary.
public struct DifferenceText: CustomStringConvertible {
    /// What a line begins with, and its colour on a terminal.
    private enum Mark: String {
        case added = "+"
        case removed = "-"
        case changed = "~"

        /// Green, red and yellow (ECMA-48 §8.3.117).
        var colour: String {
            switch self {
            case .added: "\u{1b}[32m"
            case .removed: "\u{1b}[31m"
            case .changed: "\u{1b}[33m"
            }
        }
    }

    private enum Section: String, CaseIterable {
        case listeners, upstreams, routes, settings
    }

    /// A line in the making. The mark colours it; the cells but the last are aligned.
    private struct Row {
        var section: Section
        var mark: Mark
        var cells: [String]
    }

    /// Of a group that is new or gone, as many servers are named.
    private static let mostServers = 4

    private let difference: ConfigurationDifference
    private let isColoured: Bool

    /// The text of `difference`, for a terminal in colours.
    public init(_ difference: ConfigurationDifference, isColoured: Bool = false) {
        self.difference = difference
        self.isColoured = isColoured
    }

    /// The lines, without a line break behind the last one.
    public var description: String {
        let rows = difference.changes.map(DifferenceText.row)
        var lines: [String] = []
        for section in Section.allCases {
            let rows = rows.filter { $0.section == section }
            if !rows.isEmpty { lines += [section.rawValue] + self.lines(rows) }
        }
        return (lines + [summary]).joined(separator: "\n")
    }

    /// The last line: `3 changes: 2 by reload (SIGHUP), 1 at the next start or upgrade`.
    public var summary: String {
        let count = difference.changes.count
        guard count > 0 else { return "no changes" }
        let later = difference.changes(applied: .nextStart).count
        let total = count == 1 ? "1 change" : "\(count) changes"
        if later == 0 { return "\(total): by reload (SIGHUP)" }
        if later == count { return "\(total): at the next start or upgrade" }
        return
            "\(total): \(count - later) by reload (SIGHUP), \(later) at the next start or upgrade"
    }

    private func lines(_ rows: [Row]) -> [String] {
        var widths: [Int] = []
        for row in rows {
            for (column, cell) in row.cells.dropLast().enumerated() {
                if column == widths.count { widths.append(0) }
                widths[column] = max(widths[column], cell.count)
            }
        }
        return rows.map { row in
            let cells = row.cells.enumerated().map { column, cell in
                column == row.cells.count - 1
                    ? cell : cell + String(repeating: " ", count: widths[column] - cell.count)
            }
            let line = cells.joined(separator: "  ")
            return isColoured ? "  \(row.mark.colour)\(line)\u{1b}[0m" : "  \(line)"
        }
    }
}

extension DifferenceText {
    private static func row(_ change: ConfigurationDifference.Change) -> Row {
        switch change {
        case .listenerAdded(let address): row(.listeners, .added, "\(address)")
        case .listenerRemoved(let address): row(.listeners, .removed, "\(address)")
        case .upstreamAdded(let group): row(.upstreams, .added, group.name, contents(of: group))
        case .upstreamRemoved(let group):
            row(.upstreams, .removed, group.name, contents(of: group))
        case .serverAdded(let server, let name):
            inner(.added, name, ["\(server.address)"] + settings(of: server))
        case .serverRemoved(let server, let name): inner(.removed, name, ["\(server.address)"])
        case .weightChanged(let address, let name, let old, let new):
            inner(.changed, name, ["\(address)", "weight \(old) -> \(new)"])
        case .serverSettingChanged(let address, let name, let key, let old, let new):
            inner(.changed, name, ["\(address)", "\(key) \(old) -> \(new)"])
        case .upstreamSettingChanged(let name, let key, let old, let new):
            inner(.changed, name, [key, "\(old) -> \(new)"])
        case .hostHeaderChanged(let name, let old, let new):
            inner(.changed, name, ["host_header", "\(old ?? "none") -> \(new ?? "none")"])
        case .failoverChanged(let name, let new):
            inner(.changed, name, ["failover", "\(!new) -> \(new)"])
        case .routeAdded(let match, let target):
            row(.routes, .added, "\(match)", "to \(target)")
        case .routeRemoved(let match, let target):
            row(.routes, .removed, "\(match)", "to \(target)")
        case .routeChanged(let match, let old, let new):
            row(.routes, .changed, "\(match)", "\(old) -> \(new)")
        case .settingChanged(let key, let old, let new, .reload):
            row(.settings, .changed, key, "\(old) -> \(new)")
        case .settingChanged(let key, let old, let new, .nextStart):
            row(.settings, .changed, key, "\(old) -> \(new)", "(at the next start or upgrade)")
        }
    }

    private static func row(_ section: Section, _ mark: Mark, _ cells: String...) -> Row {
        // Paths can hold what moves a cursor.
        var shown = cells.map(ShownText.escaped)
        shown[0] = "\(mark.rawValue) \(shown[0])"
        return Row(section: section, mark: mark, cells: shown)
    }

    /// A change within a group that stays: `~ app  + 127.0.0.1:9003  weight 2`.
    private static func inner(_ mark: Mark, _ name: String, _ cells: [String]) -> Row {
        var shown = cells.map(ShownText.escaped)
        shown[0] = "\(mark.rawValue) \(shown[0])"
        let first = "\(Mark.changed.rawValue) \(ShownText.escaped(name))"
        return Row(section: .upstreams, mark: mark, cells: [first] + shown)
    }

    private static func contents(of group: GatewayConfiguration.Upstream) -> String {
        var texts = group.servers.prefix(mostServers).map { server in
            (["\(server.address)"] + settings(of: server)).joined(separator: " ")
        }
        let others = group.servers.count - texts.count
        if others > 0 { texts.append("and \(others) more") }
        let host = group.hostHeader.map { "  host_header \($0)" } ?? ""
        return texts.joined(separator: ", ") + host
    }

    private static func settings(of server: GatewayConfiguration.Server) -> [String] {
        var texts = server.weight == 1 ? [] : ["weight \(server.weight)"]
        if server.isBackup { texts.append("backup") }
        if let maximum = server.maximumRequests { texts.append("max_requests \(maximum)") }
        return texts
    }
}
