/// The names that Connection lists and that may come as trailers: those concern one connection as
/// much as fields of the head do, and do not go on (RFC 9110 §7.6.1).
package struct ListedTrailers: Sendable {
    private let known: UInt64
    private let others: [FieldName]

    /// What `fields` list; nil, as for nearly all messages, where it can't come as a trailer.
    package init?(_ fields: borrowing Fields) {
        guard ConnectionOptions.areListed(in: fields) else { return nil }
        let listed = ListedNames(fields)
        known = listed.known & ~(TrailerRule.mask | FieldID.other.bit)
        others = listed.otherNames(in: fields)
        guard known != 0 || !others.isEmpty else { return nil }
    }

    /// Takes them out of `trailers`.
    package func remove(from trailers: inout Fields) {
        trailers.removeLines(from: 0) { fields, index in
            let id = fields.lines[index].id
            guard id == .other else { return id.bit & known != 0 }
            for name in others where name.matches(fields.name(index)) { return true }
            return false
        }
        trailers.forget(known)
    }
}
