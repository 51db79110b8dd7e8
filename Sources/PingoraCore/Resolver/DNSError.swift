import Glibc

/// Why a name has no answer.
package enum DNSError: Error, Hashable, CustomStringConvertible {
    /// It can't be asked for: a label of more than 63 bytes, for example.
    case invalidName
    /// No server answered in time.
    case timedOut
    /// What the kernel said.
    case system(SystemError)
    /// The answer is no whole message of DNS.
    case malformed
    /// There is no such name (NXDOMAIN).
    case noSuchName
    /// The server failed or refused, by this code (RFC 1035 §4.1.1).
    case failed(code: CInt)
    /// The name has no records of the type.
    case noRecords
    case tooManyRecords(limit: Int)
    case aliasesDoNotEnd(limit: Int)

    /// What a negative result of the C library stands for.
    init(result: CInt) {
        switch -result {
        case EINVAL: self = .invalidName
        case ETIMEDOUT: self = .timedOut
        case EBADMSG: self = .malformed
        default: self = .system(SystemError(call: "DNS query", code: -result))
        }
    }

    package var description: String {
        switch self {
        case .invalidName: "no valid name"
        case .timedOut: "no DNS server answered in time"
        case .system(let error): error.description
        case .malformed: "malformed DNS answer"
        case .noSuchName: "no such name (NXDOMAIN)"
        case .failed(let code): "DNS server failed: \(DNSError.name(of: code))"
        case .noRecords: "no such records"
        case .tooManyRecords(let limit): "more than \(limit) records"
        case .aliasesDoNotEnd(let limit): "more than \(limit) aliases in a row"
        }
    }

    private static func name(of code: CInt) -> String {
        switch code {
        case 1: "FORMERR"
        case 2: "SERVFAIL"
        case 4: "NOTIMP"
        case 5: "REFUSED"
        default: "code \(code)"
        }
    }
}
