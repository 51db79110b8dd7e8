/// Requests that go round: Via names the proxies that one has passed (RFC 9110 §7.6.3), and nobody
/// may forward a message to itself for ever (§7.6).
package enum RequestLoop {
    /// How often a request may pass proxies of one name. They may stand behind each other, one at
    /// the edge and one beside each service, but hardly eight of them.
    package static let mostPasses = 8

    /// How often a request has passed proxies called `name`, which is in lower case.
    ///
    /// Commas and names within comments count as well: who writes those is refused sooner, and does
    /// no harm to anybody else.
    package static func passes(of name: StaticString, in fields: borrowing Fields) -> Int {
        guard fields.mayHold(.via) else { return 0 }
        var count = 0
        for index in fields.lines.indices where fields.lines[index].id == .via {
            count += passes(of: name, in: fields.value(index))
        }
        return count
    }

    private static func passes(of name: StaticString, in list: borrowing Span<UInt8>) -> Int {
        var (count, start) = (0, 0)
        while start <= list.count {
            let end = list.end(of: { $0 != 0x2c }, from: start)
            let member = ConnectionOptions.trimmedRange(list, start, end)
            if isPass(through: name, list.extracting(member)) { count += 1 }
            start = end + 1
        }
        return count
    }

    /// Whether a member, `1.1 name` or `HTTP/1.1 name (comment)`, is of this name.
    private static func isPass(
        through name: StaticString, _ member: borrowing Span<UInt8>
    ) -> Bool {
        let version = member.end(of: { !ByteClass.isBlank($0) }, from: 0)
        let start = member.end(of: ByteClass.isBlank, from: version)
        let end = member.end(of: { !ByteClass.isBlank($0) && $0 != 0x28 }, from: start)
        return member.extracting(start..<end).equalsIgnoringCase(name)
    }
}
