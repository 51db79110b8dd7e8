/// Builds the tree of a document: bounded in size and depth, without what a configuration does not
/// need (anchors, aliases, tags, keys that are not text).
struct YAMLTree: ~Copyable {
    private var events: YAMLEventReader
    private let problems: ProblemList
    private var nodeCount = 0

    private init(_ bytes: [UInt8], _ problems: ProblemList) {
        events = YAMLEventReader(bytes)
        self.problems = problems
    }

    /// The only document of `bytes`; nil where there is none, or none that can be read to its end.
    /// What is wrong is added to `problems`.
    static func parse(_ bytes: [UInt8], problems: ProblemList) -> YAMLNode? {
        guard bytes.count <= YAMLLimits.bytes else {
            let message = "the file is larger than \(Quantity.size.text(of: YAMLLimits.bytes))"
            problems.add(ConfigurationProblem(at: .start, path: "", message: message))
            return nil
        }
        // libyaml would count a byte order mark as a column.
        let hasMark = bytes.starts(with: [0xef, 0xbb, 0xbf])
        var tree = YAMLTree(hasMark ? Array(bytes.dropFirst(3)) : bytes, problems)
        do {
            return try tree.document()
        } catch {
            problems.add(error)
            return nil
        }
    }

    private mutating func document() throws(ConfigurationProblem) -> YAMLNode? {
        var root: YAMLNode?
        while true {
            let event = try events.next()
            switch event.kind {
            case .streamEnd: return root
            case .other: continue
            case .documentStart:
                guard root == nil else {
                    // What the first document holds is still read.
                    report("a second document begins here: only one is allowed", event)
                    return root
                }
            default: root = try node(event, depth: 1)
            }
        }
    }

    private mutating func node(
        _ event: YAMLEvent, depth: Int
    ) throws(ConfigurationProblem) -> YAMLNode {
        nodeCount += 1
        guard nodeCount <= YAMLLimits.nodes else {
            throw problem("more than \(YAMLLimits.nodes) values in the file", event)
        }
        if event.hasAnchor { report("anchors (&name) are not supported", event) }
        if event.hasTag { report("tags (!name) are not supported: leave it out", event) }
        let content: YAMLNode.Content
        switch event.kind {
        case .scalar(let text, let isPlain): content = .scalar(text, isPlain: isPlain)
        case .alias:
            report("aliases (*name) are not supported: write the value out", event)
            content = .rejected
        case .sequenceStart:
            try check(depth, event)
            content = .sequence(try sequence(depth: depth + 1))
        default:
            try check(depth, event)
            content = .mapping(try mapping(depth: depth + 1))
        }
        return YAMLNode(content: content, position: event.position)
    }

    private mutating func sequence(depth: Int) throws(ConfigurationProblem) -> [YAMLNode] {
        var elements: [YAMLNode] = []
        while true {
            let event = try events.next()
            if case .sequenceEnd = event.kind { return elements }
            elements.append(try node(event, depth: depth))
        }
    }

    private mutating func mapping(depth: Int) throws(ConfigurationProblem) -> [YAMLNode.Entry] {
        var entries: [YAMLNode.Entry] = []
        var lines: [String: Int] = [:]
        while true {
            let event = try events.next()
            if case .mappingEnd = event.kind { return entries }
            let key = try node(event, depth: depth)
            let value = try node(try events.next(), depth: depth)
            guard case .scalar(let name, _) = key.content else {
                if case .rejected = key.content { continue }
                // How an address in brackets reads that lacks its quotes.
                let hint = "an address such as \"[::1]:80\" has to stand in quotes"
                report("expected a key, got \(key.shown): \(hint)", event)
                continue
            }
            if let line = lines[name] {
                let shown = ShownText.quoted(name, by: "'")
                report("key \(shown) comes twice: it stands in line \(line) already", event)
                continue
            }
            lines[name] = event.position.line
            entries.append(
                YAMLNode.Entry(key: name, keyPosition: event.position, value: value))
        }
    }

    private func check(_ depth: Int, _ event: YAMLEvent) throws(ConfigurationProblem) {
        guard depth <= YAMLLimits.depth else {
            throw problem("nested more than \(YAMLLimits.depth) deep", event)
        }
    }

    private func report(_ message: String, _ event: YAMLEvent) {
        problems.add(problem(message, event))
    }

    private func problem(_ message: String, _ event: YAMLEvent) -> ConfigurationProblem {
        ConfigurationProblem(at: event.position, path: "", message: message)
    }
}
