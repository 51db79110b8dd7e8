/// A rule of the grammar that a message broke, and where.
public struct ParseError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The rules, one case each.
    public enum Rule: String, Sendable, CaseIterable {
        case badMethod = "invalid byte in method"
        case methodTooLong = "method too long"
        case badTarget = "invalid request target"
        case targetTooLong = "request target too long"
        case badVersion = "invalid HTTP version"
        case unsupportedVersion = "unsupported HTTP version"
        case badRequestLine = "invalid request line"
        case badStatusLine = "invalid status line"
        case badFieldName = "invalid byte in field name"
        case framingAlias = "field name that some servers take for one of framing"
        case spaceBeforeColon = "whitespace before the colon of a field"
        case foldedLine = "folded field line"
        case badFieldValue = "invalid byte in field value"
        case bareCarriageReturn = "carriage return without line feed"
        case bareLineFeed = "line feed without carriage return"
        case headTooLarge = "head too large"
        case tooManyFields = "too many fields"
        case missingHost = "no Host field"
        case severalHosts = "more than one Host field"
        case badHost = "invalid Host field"
        case badMaxForwards = "invalid Max-Forwards"
        case badContentLength = "invalid Content-Length"
        case severalContentLengths = "more than one Content-Length"
        case bothLengthAndCoding = "Content-Length and Transfer-Encoding"
        case badTransferEncoding = "invalid Transfer-Encoding"
        case unknownTransferCoding = "unsupported transfer coding"
        case codingInOldVersion = "Transfer-Encoding in HTTP/1.0"
        case badChunkSize = "invalid chunk size"
        case chunkSizeTooLarge = "chunk size too large"
        case chunkLineTooLong = "chunk size line too long"
        case badChunkExtension = "invalid chunk extension"
        case badChunkEnd = "chunk data not followed by CRLF"
        case trailersTooLarge = "trailer section too large"
    }

    public let rule: Rule
    /// The offset of the offending byte from the first of the message or, for a chunked body, from
    /// the first of the body.
    public let offset: Int

    init(_ rule: Rule, at offset: Int) {
        self.rule = rule
        self.offset = offset
    }

    /// The status that tells a client what was wrong.
    public var suggestedStatus: StatusCode {
        switch rule {
        case .targetTooLong: .uriTooLong
        case .headTooLarge, .tooManyFields, .trailersTooLarge: .requestHeaderFieldsTooLarge
        case .unsupportedVersion: .httpVersionNotSupported
        case .unknownTransferCoding, .methodTooLong: .notImplemented
        case .chunkSizeTooLarge: .contentTooLarge
        default: .badRequest
        }
    }

    /// `invalid byte in field name at offset 27`.
    public var message: String { "\(rule.rawValue) at offset \(offset)" }
    public var description: String { message }
}
