/// A record of an answer (RFC 1035 §3.2, RFC 3596, RFC 2782).
package struct DNSRecord: Hashable, Sendable {
    /// What it says of its owner.
    package enum Content: Hashable, Sendable {
        case ipv4(UInt32)
        case ipv6(high: UInt64, low: UInt64)
        case alias(of: String)
        case service(DNSService)
    }

    /// Whom it is about.
    package let owner: String
    /// Seconds for which it is good.
    package let timeToLive: UInt32
    package let content: Content

    package init(owner: String, timeToLive: UInt32, content: Content) {
        self.owner = owner
        self.timeToLive = timeToLive
        self.content = content
    }
}

/// Where a service runs (RFC 2782).
package struct DNSService: Hashable, Sendable {
    /// The lowest is asked first.
    package let priority: UInt16
    /// The share among those of the same priority; 0 is the smallest there is.
    package let weight: UInt16
    package let port: UInt16
    /// `.` for none at all.
    package let target: String

    package init(priority: UInt16, weight: UInt16, port: UInt16, target: String) {
        self.priority = priority
        self.weight = weight
        self.port = port
        self.target = target
    }
}

/// What is asked of a name.
package enum DNSRecordType: CInt, Sendable, CustomStringConvertible {
    // The numbers of the protocol, as in CLinuxResolver.h.
    case ipv4 = 1
    case ipv6 = 28
    case service = 33

    package var description: String {
        switch self {
        case .ipv4: "A"
        case .ipv6: "AAAA"
        case .service: "SRV"
        }
    }

    fileprivate func matches(_ content: DNSRecord.Content) -> Bool {
        switch (self, content) {
        case (.ipv4, .ipv4), (.ipv6, .ipv6), (.service, .service): true
        default: false
        }
    }
}

/// The records that answer a question.
package struct DNSAnswer: Hashable, Sendable {
    /// What the records say, in their order.
    package let contents: [DNSRecord.Content]
    /// Seconds: the least of all records that led here.
    package let timeToLive: UInt32

    package init(_ contents: [DNSRecord.Content], timeToLive: UInt32) {
        self.contents = contents
        self.timeToLive = timeToLive
    }

    /// Aliases of aliases; sixteen are more than anybody has (BIND stops there too).
    private static let longestChain = 16

    /// Looks for records of `type` about `name`, or about what it is an alias of. Others, which
    /// nobody asked for, are ignored. Pure.
    ///
    /// - Throws: `DNSError`: there is none, or the aliases do not end.
    package init(to name: String, _ type: DNSRecordType, in records: [DNSRecord]) throws(DNSError) {
        var owner = DNSAnswer.canonical(name)
        var least = UInt32.max
        for _ in 0...DNSAnswer.longestChain {
            let owned = records.filter { DNSAnswer.canonical($0.owner) == owner }
            let answers = owned.filter { type.matches($0.content) }
            if !answers.isEmpty {
                for answer in answers { least = min(least, answer.timeToLive) }
                self.init(answers.map(\.content), timeToLive: least)
                return
            }
            let alias = owned.lazy.compactMap { record -> (String, UInt32)? in
                guard case .alias(let target) = record.content else { return nil }
                return (target, record.timeToLive)
            }.first
            guard let (target, timeToLive) = alias else { throw .noRecords }
            least = min(least, timeToLive)
            owner = DNSAnswer.canonical(target)
        }
        throw .aliasesDoNotEnd(limit: DNSAnswer.longestChain)
    }

    /// Names are the same whatever the case of their ASCII letters (RFC 4343), and absolute.
    private static func canonical(_ name: String) -> [UInt8] {
        var bytes = name.utf8.map { 65...90 ~= $0 ? $0 | 0x20 : $0 }
        if bytes.last == UInt8(ascii: ".") { bytes.removeLast() }
        return bytes
    }
}
