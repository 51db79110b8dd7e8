/// Messages of DNS, byte by byte (RFC 1035 §4).
enum DNSMessageForTests {
    static let (a, cname, aaaa, srv): (UInt16, UInt16, UInt16, UInt16) = (1, 5, 28, 33)

    struct Record {
        var owner: [UInt8]
        var type: UInt16
        var ttl: UInt32 = 60
        var content: [UInt8]

        /// About the name that was asked for: a pointer to the question, behind the header.
        init(_ type: UInt16, ttl: UInt32 = 60, _ content: [UInt8]) {
            (owner, self.type, self.ttl, self.content) = ([0xc0, 12], type, ttl, content)
        }

        init(_ owner: String, _ type: UInt16, ttl: UInt32 = 60, _ content: [UInt8]) {
            self.init(type, ttl: ttl, content)
            self.owner = name(owner)
        }
    }

    /// The question of a query, as it stands there: name, type and class.
    static func question(of query: [UInt8]) -> [UInt8] {
        var end = 12
        while end < query.count, query[end] != 0 { end += Int(query[end]) + 1 }
        return Array(query[12..<min(query.count, end + 5)])
    }

    static func type(of query: [UInt8]) -> UInt16 {
        let question = question(of: query)
        guard question.count >= 5 else { return 0 }
        return UInt16(question[question.count - 4]) << 8 | UInt16(question[question.count - 3])
    }

    /// An answer to `query`.
    static func answer(
        _ query: [UInt8], code: UInt8 = 0, isTruncated: Bool = false, _ records: [Record] = []
    ) -> [UInt8] {
        var bytes = Array(query[0..<2]) + [isTruncated ? 0x87 : 0x85, 0x80 | code, 0, 1]
        bytes += two(UInt16(records.count)) + [0, 0, 0, 0] + question(of: query)
        for record in records {
            bytes += record.owner + two(record.type) + [0, 1]
            bytes += two(UInt16(record.ttl >> 16)) + two(UInt16(record.ttl & 0xffff))
            bytes += two(UInt16(record.content.count)) + record.content
        }
        return bytes
    }

    static func name(_ text: String) -> [UInt8] {
        text.split(separator: ".").flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) } + [0]
    }

    static func service(
        _ priority: UInt16, _ weight: UInt16, _ port: UInt16, _ target: String
    ) -> [UInt8] {
        two(priority) + two(weight) + two(port) + name(target)
    }

    static func two(_ number: UInt16) -> [UInt8] { [UInt8(number >> 8), UInt8(number & 255)] }
}
