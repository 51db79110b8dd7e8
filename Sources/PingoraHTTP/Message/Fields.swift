/// The fields of a message, in order and with the case their names came in.
///
/// All names and values lie in one array of bytes; a line is four numbers. Lines that stand there
/// as they are written are written together, in one move of memory. Reading a message into
/// fields that are used again allocates nothing. A change appends to the bytes and leaves what it
/// replaces behind; once that may be most of more than 128 KiB, it is given up.
///
/// Nothing invalid is ever written: a value with CR, LF, NUL or another control character is
/// remembered as ``invalidName``, and serialising the message fails.
public struct Fields: Sendable {
    /// Where a field lies in the bytes.
    struct Line: Sendable {
        var nameStart: UInt32
        var nameCount: UInt32
        var valueStart: UInt32
        var valueCount: UInt32
        var id: FieldID
        /// Whether the bytes are those that are written: the name, `: `, the value and CRLF.
        var isAsWritten: Bool
    }

    var bytes: [UInt8] = []
    var lines: [Line] = []
    /// The ids that may be among the lines, so that most look-ups end here. A removal leaves bits.
    private(set) var mayHold: UInt64 = 0
    /// The name of the first field that was set to an invalid value; nil as it should be.
    public var invalidName: FieldName? { mayBeInvalid ? firstInvalidName : nil }
    private(set) var mayBeInvalid = false
    /// Beyond so many bytes, what changes left behind is given up: twice what was left the last
    /// time, so that changes stay cheap.
    private var compactionSize = Fields.smallestCompaction
    private static let smallestCompaction = 128 * 1024

    /// No fields.
    public init() {}

    /// How many lines there are.
    public var count: Int { lines.count }
    public var isEmpty: Bool { lines.isEmpty }

    /// The first value of `name`; nil if there is none. Makes a string.
    public subscript(_ name: FieldName) -> String? {
        guard let index = firstIndex(of: name) else { return nil }
        return text(lines[index].valueStart, lines[index].valueCount)
    }

    /// Whether there is a field `name`.
    public func contains(_ name: FieldName) -> Bool { firstIndex(of: name) != nil }

    /// Calls `body` with the bytes of the first value of `name`; with none if there is no such
    /// field.
    public func withValue<Result>(
        of name: FieldName, _ body: (Span<UInt8>) -> Result
    ) -> Result {
        guard let index = firstIndex(of: name) else { return body(Span()) }
        return body(value(index))
    }

    /// Appends every value of `name` that is not empty to `list`, each with a comma behind it.
    func appendValues(of name: FieldName, to list: inout [UInt8]) {
        for index in lines.indices where matches(index, name) && lines[index].valueCount > 0 {
            list.append(bytes: value(index))
            list += [0x2c, 0x20]
        }
    }

    /// All values of `name`, in order.
    public func values(of name: FieldName) -> [String] {
        lines.indices.filter { matches($0, name) }
            .map { text(lines[$0].valueStart, lines[$0].valueCount) }
    }

    /// All lines as text, in order.
    public var all: [(name: String, value: String)] {
        lines.map { (text($0.nameStart, $0.nameCount), text($0.valueStart, $0.valueCount)) }
    }

    /// Adds a line at the end.
    public mutating func append(_ name: FieldName, _ value: String) {
        append(name, bytes: Array(value.utf8).span)
    }

    /// Adds a line at the end.
    public mutating func append(_ name: FieldName, bytes value: borrowing Span<UInt8>) {
        lines.append(store(name, value))
        mayHold |= name.id.bit
    }

    /// Sets `name` to one value: the first line keeps its place, others of the name go.
    public mutating func replace(_ name: FieldName, with value: String) {
        replace(name, bytes: Array(value.utf8).span)
    }

    /// Sets `name` to one value: the first line keeps its place, others of the name go.
    public mutating func replace(_ name: FieldName, bytes value: borrowing Span<UInt8>) {
        guard let first = firstIndex(of: name) else { return append(name, bytes: value) }
        lines[first] = store(name, value)
        removeLines(from: first + 1) { fields, index in fields.matches(index, name) }
    }

    /// Adds a line with the text of two static strings, without making a string.
    mutating func append(_ name: FieldName, static first: StaticString, _ second: StaticString) {
        let nameStart = beginLine(name)
        let valueStart = bytes.count
        bytes.append(static: first)
        bytes.append(static: second)
        lines.append(endLine(name, nameStart, valueStart))
        mayHold |= name.id.bit
    }

    /// Adds all lines of `other` at the end, in one move of memory.
    mutating func append(contentsOf other: borrowing Fields) {
        compact()
        let offset = UInt32(truncatingIfNeeded: bytes.count)
        bytes.append(bytes: other.bytes.span)
        for index in other.lines.indices {
            var line = other.lines[index]
            line.nameStart &+= offset
            line.valueStart &+= offset
            lines.append(line)
        }
        mayHold |= other.mayHold
        mayBeInvalid = mayBeInvalid || other.mayBeInvalid
    }

    /// Sets `name` to a static text, without making a string.
    public mutating func replace(_ name: FieldName, static value: StaticString) {
        // SAFETY: a static string lives for ever.
        let text = unsafe UnsafeBufferPointer(
            start: value.utf8Start, count: value.utf8CodeUnitCount)
        replace(name, bytes: unsafe Span(_unsafeElements: text))
    }

    /// Sets `name` to the first value of `source`; false, and nothing done, if there is none.
    mutating func copyValue(of source: FieldName, to name: FieldName) -> Bool {
        guard contains(source) else { return false }
        let nameStart = beginLine(name)
        guard let index = firstIndex(of: source) else { return false }
        let valueStart = bytes.count
        bytes.repeat(Int(lines[index].valueStart), count: Int(lines[index].valueCount))
        let copy = endLine(name, nameStart, valueStart)
        if let first = firstIndex(of: name) {
            lines[first] = copy
            removeLines(from: first + 1) { fields, index in fields.matches(index, name) }
        } else {
            lines.append(copy)
            mayHold |= name.id.bit
        }
        return true
    }

    /// Removes every line of `name`.
    public mutating func remove(_ name: FieldName) {
        guard mayHold & name.id.bit != 0 else { return }
        removeLines(from: 0) { fields, index in fields.matches(index, name) }
        if name.id != .other { mayHold &= ~name.id.bit }
    }

    /// Removes everything.
    public mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        lines.removeAll(keepingCapacity: true)
        mayHold = 0
        mayBeInvalid = false
        compactionSize = Fields.smallestCompaction
    }

    /// Becomes a copy of `other`, keeping its own storage: no allocation once it is large enough.
    public mutating func copy(from other: borrowing Fields) {
        bytes.assign(other.bytes)
        lines.assign(other.lines)
        mayHold = other.mayHold
        mayBeInvalid = other.mayBeInvalid
        compactionSize = other.compactionSize
    }

    /// Whether the memory it holds is that of an ordinary head: 8 KiB and 64 lines at most.
    package var isSmall: Bool { bytes.capacity <= 8192 && lines.capacity <= 64 }

    // MARK: For parsers and writers

    /// Takes over parsed bytes and the lines found in them; leaves its old lines in exchange.
    mutating func fill(_ source: borrowing Span<UInt8>, _ found: inout [Line], ids: UInt64) {
        bytes.assign(source)
        swap(&lines, &found)
        mayHold = ids
        mayBeInvalid = false
        compactionSize = Fields.smallestCompaction
    }

    /// Notes that no line has one of these ids any more.
    mutating func forget(_ ids: UInt64) { mayHold &= ~ids }

    func mayHold(_ id: FieldID) -> Bool { mayHold & id.bit != 0 }

    /// The name of line `index`.
    @_lifetime(borrow self)
    func name(_ index: Int) -> Span<UInt8> {
        let start = Int(lines[index].nameStart)
        return bytes.span.extracting(start..<start + Int(lines[index].nameCount))
    }

    /// The value of line `index`.
    @_lifetime(borrow self)
    func value(_ index: Int) -> Span<UInt8> {
        let start = Int(lines[index].valueStart)
        return bytes.span.extracting(start..<start + Int(lines[index].valueCount))
    }

    func firstIndex(of name: FieldName) -> Int? {
        guard mayHold & name.id.bit != 0 else { return nil }
        return lines.indices.first { matches($0, name) }
    }

    mutating func removeLines(from start: Int, where isUnwanted: (borrowing Fields, Int) -> Bool) {
        var kept = start
        for index in start..<max(start, lines.count) where !isUnwanted(self, index) {
            if kept != index { lines[kept] = lines[index] }
            kept += 1
        }
        if kept < lines.count { lines.removeLast(lines.count - kept) }
    }

    private func matches(_ index: Int, _ name: FieldName) -> Bool {
        guard lines[index].id == name.id else { return false }
        guard name.id == .other else { return true }
        return name.matches(self.name(index))
    }

    private mutating func store(_ name: FieldName, _ value: borrowing Span<UInt8>) -> Line {
        let nameStart = beginLine(name)
        let valueStart = bytes.count
        bytes.append(bytes: value)
        return endLine(name, nameStart, valueStart)
    }

    private var firstInvalidName: FieldName? {
        lines.indices.first { !isValid($0) }.flatMap { FieldName(text(name($0))) }
    }

    private func isValid(_ index: Int) -> Bool {
        let value = value(index)
        return value.endOfValue(from: 0) == value.count
    }

    /// Gives up what changes left behind, if there may be much of it.
    private mutating func compact() {
        guard bytes.count > compactionSize else { return }
        var live: [UInt8] = []
        live.reserveCapacity(serializedByteCount)
        let old = bytes
        let all = old.span
        for index in lines.indices {
            let line = lines[index]
            lines[index].nameStart = UInt32(truncatingIfNeeded: live.count)
            let (name, value) = (Int(line.nameStart), Int(line.valueStart))
            live.append(bytes: all.extracting(name..<name + Int(line.nameCount)))
            live += [0x3a, 0x20]
            lines[index].valueStart = UInt32(truncatingIfNeeded: live.count)
            live.append(bytes: all.extracting(value..<value + Int(line.valueCount)))
            live += [0x0d, 0x0a]
            lines[index].isAsWritten = true
        }
        bytes = live
        compactionSize = max(Fields.smallestCompaction, 2 * live.count)
    }

    /// Stores the name of a line; its value comes behind it.
    private mutating func beginLine(_ name: FieldName) -> Int {
        compact()
        let start = bytes.count
        if name.id == .other {
            bytes.append(contentsOf: name.description.utf8)
        } else {
            bytes.append(static: name.id.canonicalName)
        }
        bytes.append(0x3a)
        bytes.append(0x20)
        return start
    }

    /// The line whose name and value were just stored.
    private mutating func endLine(_ name: FieldName, _ nameStart: Int, _ valueStart: Int) -> Line {
        let end = bytes.count
        if bytes.span.endOfValue(from: valueStart) < end { mayBeInvalid = true }
        bytes.append(0x0d)
        bytes.append(0x0a)
        return Line(
            nameStart: UInt32(truncatingIfNeeded: nameStart),
            nameCount: UInt32(truncatingIfNeeded: valueStart - 2 - nameStart),
            valueStart: UInt32(truncatingIfNeeded: valueStart),
            valueCount: UInt32(truncatingIfNeeded: end - valueStart), id: name.id,
            isAsWritten: true)
    }

    func text(_ bytes: Span<UInt8>) -> String {
        var copy: [UInt8] = []
        copy.append(bytes: bytes)
        return String(decoding: copy, as: UTF8.self)
    }

    func text(_ start: UInt32, _ count: UInt32) -> String {
        String(decoding: bytes[Int(start)..<Int(start) + Int(count)], as: UTF8.self)
    }
}
