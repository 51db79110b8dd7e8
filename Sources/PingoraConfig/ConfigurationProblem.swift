/// What is wrong with a configuration, and where.
public struct ConfigurationProblem: Error, Hashable, Sendable {
    /// Where the offending key or value begins.
    public let position: TextPosition
    /// The keys that lead there: `upstreams.app.servers[0].weight`; empty for the whole file.
    public let path: String
    /// What is wrong and what was expected; values are escaped and cut.
    public let message: String

    /// A problem.
    public init(at position: TextPosition, path: String, message: String) {
        self.position = position
        self.path = path
        self.message = message
    }

    /// `lb.yaml:12:14: timeouts.connect: expected …`, which editors and terminals can follow.
    public func text(file: String) -> String {
        let place = "\(file):\(position.line):\(position.column): "
        return place + (path.isEmpty ? message : "\(path): \(message)")
    }
}

/// Problems as they are found, so that one look at a file reports all of them.
public final class ProblemList {
    private var problems: [ConfigurationProblem] = []

    /// A list without problems.
    public init() {}

    /// Whether nothing was found.
    public var isEmpty: Bool { problems.isEmpty }

    /// What was found, in the order of the file.
    public var inOrder: [ConfigurationProblem] {
        // The offset keeps the order of two problems in one place.
        problems.enumerated().sorted {
            ($0.element.position, $0.offset) < ($1.element.position, $1.offset)
        }.map(\.element)
    }

    /// Adds a problem.
    public func add(_ problem: ConfigurationProblem) {
        problems.append(problem)
    }
}
