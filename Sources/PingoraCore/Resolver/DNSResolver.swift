import CLinux

/// Asks DNS servers: the one at `server`, or those of /etc/resolv.conf.
///
/// A name is absolute: neither a search list nor /etc/hosts is used. It goes past the table of
/// CLinux, as the C library makes the calls.
package struct DNSResolver: Hashable, Sendable {
    /// An IPv4 or IPv6 address with a port; nil for the system's servers.
    package let server: SocketAddress?
    /// For the first try; there are two. Over TCP, for all of it.
    package let timeoutSeconds: Int

    /// Four times what is taken of an answer, as aliases and signatures come with it.
    fileprivate static let maximumRecords = 4096

    package init(server: SocketAddress? = nil, timeoutSeconds: Int = 2) {
        self.server = server
        self.timeoutSeconds = max(1, min(30, timeoutSeconds))
    }

    /// Asks for the records of a name. Blocks; see ``HelperThread``.
    ///
    /// - Throws: `DNSError` without records.
    package func ask(_ name: String, _ type: DNSRecordType) throws(DNSError) -> DNSAnswer {
        guard !name.isEmpty, !name.utf8.contains(0) else { throw .invalidName }
        let message = try message(name, type)
        return try DNSAnswer(to: name, type, in: DNSResolver.records(of: message))
    }

    private func message(_ name: String, _ type: DNSRecordType) throws(DNSError) -> [UInt8] {
        var answer = [UInt8](repeating: 0, count: Int(CLINUX_DNS_MESSAGE))
        let limit = CInt(timeoutSeconds)
        // SAFETY: the name, the address and the room live during the call, and the room is as long
        // as it is told.
        let result = unsafe answer.withUnsafeMutableBufferPointer { room in
            guard let base = room.baseAddress else { return 0 }
            let count = room.count
            guard let server else {
                return unsafe clinux_dns_ask(name, type.rawValue, nil, limit, base, count)
            }
            return unsafe server.withSockaddr { address, _ in
                unsafe clinux_dns_ask(name, type.rawValue, address, limit, base, count)
            }
        }
        guard result >= 0 else { throw DNSError(result: CInt(result)) }
        return Array(answer.prefix(result))
    }

    /// The records of the answer section that matter here. Pure.
    ///
    /// - Throws: `DNSError` for what is no whole message, has too many records, or tells of a
    ///   failure.
    package static func records(of message: [UInt8]) throws(DNSError) -> [DNSRecord] {
        var records: [DNSRecord] = []
        // SAFETY: the records are filled during the call only, by its own thread.
        let result = unsafe message.withUnsafeBufferPointer { bytes in
            guard let base = bytes.baseAddress else { return DNSResolver.noMessage }
            return unsafe withUnsafeMutablePointer(to: &records) { records in
                unsafe clinux_dns_read(base, bytes.count, visit, records)
            }
        }
        switch result {
        case 0 where records.count > maximumRecords: throw .tooManyRecords(limit: maximumRecords)
        case 0: return records
        case 3: throw .noSuchName
        case ..<0: throw DNSError(result: result)
        default: throw .failed(code: result)
        }
    }

    /// -EBADMSG.
    private static let noMessage: CInt = -74
}

/// Adds one record to the list behind `context`, as long as it is not too long.
private func visit(
    _ record: UnsafePointer<clinux_dns_record>, _ context: UnsafeMutableRawPointer
) {
    // SAFETY: `context` is the list that `records(of:)` gave.
    let records = unsafe context.assumingMemoryBound(to: [DNSRecord].self)
    guard unsafe records.pointee.count <= DNSResolver.maximumRecords else { return }
    let found = unsafe record.pointee
    let content: DNSRecord.Content
    switch unsafe Int(found.type) {
    case CLINUX_DNS_A: content = .ipv4(unsafe UInt32(truncatingIfNeeded: found.high))
    case CLINUX_DNS_AAAA: content = unsafe .ipv6(high: found.high, low: found.low)
    case CLINUX_DNS_CNAME: content = .alias(of: unsafe String(cString: found.target))
    default:
        content = .service(
            unsafe DNSService(
                priority: found.priority, weight: found.weight, port: found.port,
                target: String(cString: found.target)))
    }
    unsafe records.pointee.append(
        DNSRecord(
            owner: String(cString: found.owner), timeToLive: found.ttl, content: content))
}
