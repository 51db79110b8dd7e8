/// A step of the parser through a document.
struct YAMLEvent {
    enum Kind {
        case scalar(String, isPlain: Bool)
        case alias
        case sequenceStart
        case sequenceEnd
        case mappingStart
        case mappingEnd
        case documentStart
        case streamEnd
        /// What says nothing: the start of the stream, the end of a document.
        case other
    }

    var kind: Kind
    var position: TextPosition
    /// Whether `&name` stands before the value.
    var hasAnchor = false
    /// Whether `!name` stands before the value.
    var hasTag = false
}
