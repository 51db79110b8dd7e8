/// A value of a YAML document, and where it begins.
public struct YAMLNode: Sendable {
    /// A key of a mapping with its value.
    public struct Entry: Sendable {
        /// The key.
        public let key: String
        /// Where the key begins.
        public let keyPosition: TextPosition
        /// The value.
        public let value: YAMLNode
    }

    /// What a value can be.
    public enum Content: Sendable {
        /// Text; plain means without quotes.
        case scalar(String, isPlain: Bool)
        /// A list.
        case sequence([YAMLNode])
        /// Keys with values in the order of the file; no key comes twice.
        case mapping([Entry])
        /// Something that was reported already, so that readers say no more about it.
        case rejected
    }

    /// The value itself.
    public let content: Content
    /// Where it begins.
    public let position: TextPosition

    /// Whether nothing stands there: `key:`, `key: ~` or `key: null`.
    public var isNothing: Bool {
        guard case .scalar(let text, isPlain: true) = content else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(text)
    }

    /// `"5"`, `a list`, `a mapping` or `nothing`, for messages.
    public var shown: String {
        switch content {
        case .scalar(let text, _): isNothing ? "nothing" : ShownText.quoted(text)
        case .sequence: "a list"
        case .mapping: "a mapping"
        case .rejected: "nothing"
        }
    }
}
