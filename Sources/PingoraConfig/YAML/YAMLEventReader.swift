import CYAML

/// libyaml's event parser over a text in memory.
///
/// Invariants:
/// 1. The parser points into `text`, which this type owns and never moves.
/// 2. An event of libyaml is copied and deleted before ``next()`` returns.
@safe struct YAMLEventReader: ~Copyable {
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let text: UnsafeMutableBufferPointer<UInt8>
    private let isReady: Bool

    /// A reader at the beginning of `bytes`, which are UTF-8.
    init(_ bytes: [UInt8]) {
        unsafe text = .allocate(capacity: bytes.count)
        _ = unsafe text.initialize(fromContentsOf: bytes)
        unsafe parser = .allocate(capacity: 1)
        // SAFETY: initialize clears the parser's memory before anything reads it.
        isReady = unsafe yaml_parser_initialize(parser) == 1
        guard isReady else { return }
        // Otherwise a file that begins like UTF-16 would be read as such.
        unsafe yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        unsafe yaml_parser_set_input_string(parser, text.baseAddress, text.count)
    }

    deinit {
        if isReady { unsafe yaml_parser_delete(parser) }
        unsafe parser.deallocate()
        unsafe text.deallocate()
    }

    /// The next event.
    ///
    /// - Throws: the problem at which libyaml stops; it can't go on behind it.
    mutating func next() throws(ConfigurationProblem) -> YAMLEvent {
        var event = unsafe yaml_event_t()
        // SAFETY: a parser that is ready reads only its own text; the event is deleted below.
        guard isReady, unsafe yaml_parser_parse(parser, &event) == 1 else { throw problem() }
        defer { unsafe yaml_event_delete(&event) }
        return unsafe YAMLEventReader.copy(event)
    }

    private static func copy(_ event: yaml_event_t) -> YAMLEvent {
        let position = unsafe position(event.start_mark)
        // SAFETY: the type says which member of the union is valid.
        switch unsafe event.type {
        case YAML_SCALAR_EVENT:
            let scalar = unsafe event.data.scalar
            let bytes = unsafe UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            let isPlain = unsafe scalar.style == YAML_PLAIN_SCALAR_STYLE
            return unsafe YAMLEvent(
                kind: .scalar(String(decoding: bytes, as: UTF8.self), isPlain: isPlain),
                position: position, hasAnchor: scalar.anchor != nil, hasTag: scalar.tag != nil)
        case YAML_SEQUENCE_START_EVENT:
            let start = unsafe event.data.sequence_start
            return unsafe YAMLEvent(
                kind: .sequenceStart, position: position, hasAnchor: start.anchor != nil,
                hasTag: start.tag != nil)
        case YAML_MAPPING_START_EVENT:
            let start = unsafe event.data.mapping_start
            return unsafe YAMLEvent(
                kind: .mappingStart, position: position, hasAnchor: start.anchor != nil,
                hasTag: start.tag != nil)
        case YAML_ALIAS_EVENT: return YAMLEvent(kind: .alias, position: position)
        case YAML_SEQUENCE_END_EVENT: return YAMLEvent(kind: .sequenceEnd, position: position)
        case YAML_MAPPING_END_EVENT: return YAMLEvent(kind: .mappingEnd, position: position)
        case YAML_DOCUMENT_START_EVENT: return YAMLEvent(kind: .documentStart, position: position)
        case YAML_STREAM_END_EVENT: return YAMLEvent(kind: .streamEnd, position: position)
        default: return YAMLEvent(kind: .other, position: position)
        }
    }

    private static func position(_ mark: yaml_mark_t) -> TextPosition {
        TextPosition(line: Int(mark.line) + 1, column: Int(mark.column) + 1)
    }

    /// What libyaml stopped at.
    private func problem() -> ConfigurationProblem {
        guard isReady, unsafe parser.pointee.error != YAML_MEMORY_ERROR else {
            return ConfigurationProblem(at: .start, path: "", message: "not enough memory")
        }
        // SAFETY: libyaml's messages are static strings, or nil.
        let reason = unsafe parser.pointee.problem.map { unsafe String(cString: $0) } ?? "error"
        let context = unsafe parser.pointee.context.map { unsafe String(cString: $0) }
        if unsafe parser.pointee.error == YAML_READER_ERROR {
            let position = position(offset: unsafe Int(parser.pointee.problem_offset))
            return YAMLSyntax.badCharacter(at: position, reason: reason)
        }
        let position = unsafe YAMLEventReader.position(parser.pointee.problem_mark)
        let beginning = unsafe YAMLEventReader.position(parser.pointee.context_mark)
        return YAMLSyntax.problem(
            at: position, reason: reason, context: context, beginning: beginning,
            byte: byte(at: position))
    }

    /// The place of the byte at `offset`.
    private func position(offset: Int) -> TextPosition {
        var place = YAMLPlace()
        for index in 0..<min(offset, unsafe text.count) { place.pass(unsafe text[index]) }
        return place.position
    }

    /// The first byte of the character at `position`; nil behind the end.
    private func byte(at position: TextPosition) -> UInt8? {
        var place = YAMLPlace()
        for index in 0..<(unsafe text.count) {
            let byte = unsafe text[index]
            if place.begins(with: byte, at: position) { return byte }
            place.pass(byte)
        }
        return nil
    }
}
