import PingoraConfig

/// A tree on one line: `{threads:"2" listeners:["a" nothing]}`.
func outline(_ node: YAMLNode) -> String {
    switch node.content {
    case .scalar: return node.shown
    case .sequence(let nodes): return "[" + nodes.map(outline).joined(separator: " ") + "]"
    case .mapping(let entries):
        return "{" + entries.map { "\($0.key):\(outline($0.value))" }.joined(separator: " ") + "}"
    case .rejected: return "rejected"
    }
}

/// What reading `text` reports, in order.
func problems(_ text: String, _ read: (ConfigurationValue) -> Void = { _ in }) -> [String] {
    let problems = ProblemList()
    if let value = ConfigurationValue(parsing: Array(text.utf8), problems: problems) { read(value) }
    return problems.inOrder.map { $0.text(file: "f") }
}

/// What reading the value of the key `a` gives, or the only problem.
func reading<Value>(_ text: String, _ read: (ConfigurationValue) -> Value?) -> String {
    var value: Value?
    let reports = problems("a: \(text)") { root in
        root.section { value = $0["a"].flatMap(read) }
    }
    guard let value else { return reports.joined(separator: "\n") }
    return reports.isEmpty ? "\(value)" : "\(value) and problems"
}
