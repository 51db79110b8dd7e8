/// Reads messages from bytes, however they are cut into pieces. Pure: no I/O.
///
/// It holds at most one message, and no more bytes than its header announced and the limits allow.
/// Descriptors are not its business; it says how many belong to the message.
struct MessageDecoder: Sendable {
    /// What became of the input.
    enum Event: Hashable, Sendable {
        /// All of the input was taken; receive more.
        case needsMore
        /// A message is complete; it ended `consumed` bytes into the input.
        case message(Message, consumed: Int)
    }

    /// The version the two sides agreed on; 0 before that.
    var version: UInt16 = 0
    /// The header of the message that is being read, once it is complete.
    private(set) var header: MessageHeader?
    private var bytes: [UInt8] = []
    private var failure: FormatError?

    /// Bytes that can be received without reading beyond the message (or, before its header is
    /// complete, beyond the header).
    var missing: Int {
        FormatLimits.headerBytes + (header?.payloadCount ?? 0) - bytes.count
    }

    /// Bytes that are kept of the message that is being read.
    var buffered: Int { bytes.count }

    /// Looks at more of the stream.
    ///
    /// - Throws: `FormatError` as soon as a rule is broken, and from then on always the same.
    mutating func next(_ input: borrowing Span<UInt8>) throws(FormatError) -> Event {
        if let failure { throw failure }
        do {
            return try read(input)
        } catch {
            failure = error
            bytes = []
            throw error
        }
    }

    private mutating func read(_ input: borrowing Span<UInt8>) throws(FormatError) -> Event {
        var consumed = 0
        while true {
            let count = min(missing, input.count - consumed)
            for index in consumed..<consumed + count { bytes.append(input[index]) }
            consumed += count
            guard missing == 0 else {
                if header == nil { try MessageHeader.checkMagic(bytes) }
                return .needsMore
            }
            if let header {
                let message = try MessageBody.message(header, bytes)
                (self.header, bytes) = (nil, [])
                return .message(message, consumed: consumed)
            }
            let header = try MessageHeader(bytes, version: version)
            bytes.reserveCapacity(FormatLimits.headerBytes + header.payloadCount)
            self.header = header
        }
    }
}
