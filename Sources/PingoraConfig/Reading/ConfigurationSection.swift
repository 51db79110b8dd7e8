/// A mapping with known keys. Whoever reads it says what the keys are by asking for them.
public struct ConfigurationSection {
    /// The mapping as a value, to report about.
    public let value: ConfigurationValue
    private let entries: [String: YAMLNode.Entry]
    /// The keys that were asked for, in that order.
    private var known: [String] = []
    /// Keys that are reported with a text of their own.
    private var explained: Set<String> = []

    /// As many keys are named in a message; more would hide what it says.
    private static let mostNamed = 12

    init(of value: ConfigurationValue, entries: [YAMLNode.Entry]) {
        self.value = value
        self.entries = Dictionary(entries.map { ($0.key, $0) }) { first, _ in first }
    }

    /// The value of `key`; nil where the file does not have the key.
    public subscript(key: String) -> ConfigurationValue? {
        mutating get {
            known.append(key)
            return entries[key].map(value.value(of:))
        }
    }

    /// Reports `key`, if it is there, with `message` instead of calling it unknown.
    public mutating func refuse(_ key: String, _ message: String) {
        guard let entry = entries[key] else { return }
        explained.insert(key)
        report(entry, path: value.value(of: entry).path, message)
    }

    /// Reports that `key` is missing.
    public func reportMissing(_ key: String, _ message: String) {
        let path = value.path.isEmpty ? key : "\(value.path).\(key)"
        value.problems.add(
            ConfigurationProblem(at: value.node.position, path: path, message: message))
    }

    func reportUnknownKeys() {
        let unknown = entries.values.filter {
            !known.contains($0.key) && !explained.contains($0.key)
        }
        for entry in unknown {
            let hint = Suggestion.hint(for: entry.key, among: known, quotedBy: "'")
            let shown = ShownText.quoted(entry.key, by: "'")
            report(entry, path: value.path, "unknown key \(shown)\(hint.isEmpty ? list : hint)")
        }
    }

    /// `, expected a, b or c` where that is short enough.
    private var list: String {
        guard known.count <= ConfigurationSection.mostNamed else { return "" }
        return ", expected \(ConfigurationValue.list(known))"
    }

    private func report(_ entry: YAMLNode.Entry, path: String, _ message: String) {
        value.problems.add(
            ConfigurationProblem(at: entry.keyPosition, path: path, message: message))
    }
}
