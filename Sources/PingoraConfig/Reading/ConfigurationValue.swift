/// A value of a configuration with the keys that lead to it. Its readers return nil where the value
/// is not what was asked for, and report that; they never stop.
public struct ConfigurationValue {
    /// The value as it was parsed.
    public let node: YAMLNode
    /// The keys that lead here: `upstreams.app.servers[0]`; empty for the whole file.
    public let path: String
    let problems: ProblemList

    init(_ node: YAMLNode, path: String, problems: ProblemList) {
        self.node = node
        self.path = path
        self.problems = problems
    }

    /// The only document of a YAML file, UTF-8; nil where it is empty or can't be parsed, which is
    /// added to `problems`. Bounded by ``YAMLLimits``.
    public init?(parsing bytes: [UInt8], problems: ProblemList) {
        guard let node = YAMLTree.parse(bytes, problems: problems) else {
            if problems.isEmpty {
                problems.add(
                    ConfigurationProblem(at: .start, path: "", message: "the file is empty"))
            }
            return nil
        }
        self.init(node, path: "", problems: problems)
    }

    /// Reports that something is wrong with this value.
    public func report(_ message: String) {
        problems.add(ConfigurationProblem(at: node.position, path: path, message: message))
    }

    /// Reports what was expected instead of this value, unless it was reported already.
    public func reportExpected(_ expected: String, hint: String = "") {
        if case .rejected = node.content { return }
        report("expected \(expected), got \(node.shown)\(hint)")
    }

    /// As above, with the one of `words` that `word`, a part of the value, may have been meant as.
    public func reportExpected(_ expected: String, insteadOf word: String, among words: [String]) {
        reportExpected(expected, hint: Suggestion.hint(for: word, among: words))
    }

    /// Reports that nothing has this name, and which name may have been meant.
    public func reportUnknown(_ noun: String, _ name: String, among names: [String]) {
        report(
            "unknown \(noun) \(ShownText.quoted(name))" + Suggestion.hint(for: name, among: names))
    }

    /// The text of the value, which has no control characters; `expected` names it in the report.
    public func text(_ expected: String = "text") -> String? {
        guard let text = scalar(expected) else { return nil }
        guard !text.isEmpty,
            text.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control })
        else {
            reportExpected(expected)
            return nil
        }
        return text
    }

    /// Decimal digits, with `-` before them for a negative number. A leading zero is no number,
    /// because YAML 1.1 takes it for octal.
    public func integer(in range: ClosedRange<Int>) -> Int? {
        let expected = "an integer from \(range.lowerBound) to \(range.upperBound)"
        guard let text = scalar(expected) else { return nil }
        let digits = text.utf8.drop { $0 == 0x2d }
        guard text.utf8.count - digits.count <= 1, digits.allSatisfy({ 48...57 ~= $0 }),
            digits.count == 1 || digits.first != 48, let number = Int(text), range ~= number
        else {
            reportExpected(expected)
            return nil
        }
        return number
    }

    /// `true` or `false`. What else some versions of YAML take for one of them (`yes`, `on`) is
    /// reported with the word to write.
    public func boolean() -> Bool? {
        let expected = "true or false"
        guard let text = scalar(expected) else { return nil }
        switch text {
        case "true": return true
        case "false": return false
        default:
            let word = text.lowercased()
            let meant =
                ["yes", "on", "1", "y"].contains(word)
                ? "true" : ["no", "off", "0", "n"].contains(word) ? "false" : word
            reportExpected(
                expected, hint: Suggestion.hint(for: meant, among: ["true", "false"]))
            return nil
        }
    }

    /// A whole number with `ms`, `s`, `m` or `h`.
    public func duration(in range: ClosedRange<Duration>) -> Duration? {
        let milliseconds = range.lowerBound.milliseconds...range.upperBound.milliseconds
        return quantity(.duration, in: milliseconds).map { .milliseconds($0) }
    }

    /// A whole number of bytes with `B`, `KiB`, `MiB` or `GiB`.
    public func size(in range: ClosedRange<Int>) -> Int? {
        quantity(.size, in: range)
    }

    /// One of the words given.
    public func choice<Choice>(of choices: KeyValuePairs<String, Choice>) -> Choice? {
        let names = choices.map(\.key)
        let expected = ConfigurationValue.list(names)
        guard let text = scalar(expected) else { return nil }
        guard let choice = choices.first(where: { $0.key == text }) else {
            reportExpected(expected, hint: Suggestion.hint(for: text, among: names))
            return nil
        }
        return choice.value
    }

    /// `a`, `a or b`, `a, b or c`.
    static func list(_ names: [String]) -> String {
        guard names.count > 1, let last = names.last else { return names.first ?? "nothing" }
        return "\(names.dropLast().joined(separator: ", ")) or \(last)"
    }

    private func scalar(_ expected: String) -> String? {
        guard case .scalar(let text, _) = node.content, !node.isNothing else {
            reportExpected(expected)
            return nil
        }
        return text
    }

    private func quantity(_ quantity: Quantity, in range: ClosedRange<Int>) -> Int? {
        guard let text = scalar(quantity.example) else { return nil }
        let bounds =
            "\(quantity.noun) from \(quantity.text(of: range.lowerBound)) to "
            + quantity.text(of: range.upperBound)
        do {
            let amount = try quantity.amount(of: text)
            guard range ~= amount else {
                reportExpected(bounds)
                return nil
            }
            return amount
        } catch .tooLarge {
            reportExpected(bounds)
        } catch {
            reportExpected(quantity.example, hint: quantity.hint(error))
        }
        return nil
    }
}

extension Duration {
    /// Whole milliseconds, at most 292 million years.
    fileprivate var milliseconds: Int {
        let (seconds, attoseconds) = components
        let (whole, overflow) = Int(seconds).multipliedReportingOverflow(by: 1000)
        return overflow ? .max : whole + Int(attoseconds / 1_000_000_000_000_000)
    }
}
