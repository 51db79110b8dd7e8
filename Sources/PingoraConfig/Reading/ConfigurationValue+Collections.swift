extension ConfigurationValue {
    /// Whether a list stands there, or nothing.
    public var isListOrNothing: Bool {
        if case .sequence = node.content { true } else { node.isNothing }
    }

    /// Whether a mapping stands there, or nothing.
    public var isMappingOrNothing: Bool {
        if case .mapping = node.content { true } else { node.isNothing }
    }

    /// The elements of a list; none where nothing stands there, or something else, which is
    /// reported.
    public func elements(_ expected: String = "a list") -> [ConfigurationValue] {
        guard case .sequence(let nodes) = node.content else {
            if !node.isNothing { reportExpected(expected) }
            return []
        }
        return nodes.enumerated().map { index, node in
            ConfigurationValue(node, path: "\(path)[\(index)]", problems: problems)
        }
    }

    /// The keys and values of a mapping whose keys are names that the user chooses.
    public func named(_ expected: String = "a mapping") -> [NamedValue] {
        entries(expected).map { entry in
            NamedValue(
                name: entry.key, namePosition: entry.keyPosition, value: value(of: entry))
        }
    }

    /// Reads a mapping whose keys are known: `body` asks for all of them, and what it did not ask
    /// for is reported when it is done. A section without anything in it is an empty one; what is
    /// no mapping is reported, and not read.
    public func section(_ body: (inout ConfigurationSection) -> Void) {
        guard isMappingOrNothing else { return reportExpected("a mapping") }
        var section = ConfigurationSection(of: self, entries: entries("a mapping"))
        body(&section)
        section.reportUnknownKeys()
    }

    private func entries(_ expected: String) -> [YAMLNode.Entry] {
        guard case .mapping(let entries) = node.content else {
            if !node.isNothing { reportExpected(expected) }
            return []
        }
        return entries
    }

    func value(of entry: YAMLNode.Entry) -> ConfigurationValue {
        let part = ShownText.pathPart(entry.key)
        return ConfigurationValue(
            entry.value, path: path.isEmpty ? part : "\(path).\(part)", problems: problems)
    }
}

/// A value under a name that the user chose.
public struct NamedValue {
    /// The name.
    public let name: String
    /// Where the name begins.
    public let namePosition: TextPosition
    /// The value.
    public let value: ConfigurationValue

    /// Reports that something is wrong with the name.
    public func reportName(_ message: String) {
        value.problems.add(
            ConfigurationProblem(at: namePosition, path: value.path, message: message))
    }
}
