/// How far a request has come whose answer is still on its way, for a successor that goes on with
/// it. A tunnel has none.
public struct MovingRelay: Hashable, Sendable {
    /// How far a body has come, on its way in or out.
    public struct Place: Hashable, Sendable {
        /// What comes next.
        public enum Kind: UInt8, Sendable {
            /// Nothing: there is no body, or all of it is behind.
            case end = 0
            /// ``Place/left`` bytes.
            case length = 1
            /// Whatever comes until the stream ends.
            case untilClose = 2
            /// A chunk's size line; of a body on its way out, the first one.
            case chunkSize = 3
            /// ``Place/left`` bytes of a chunk; of a body on its way out, the CRLF behind a chunk.
            case chunkData = 4
            /// The CR behind a chunk. Only of a body on its way in.
            case chunkReturn = 5
            /// The LF behind a chunk. Only of a body on its way in.
            case chunkFeed = 6
        }

        /// What comes next.
        public var kind: Kind
        /// Bytes; 0 for kinds that count none.
        public var left: UInt64

        /// A place in a body.
        public init(_ kind: Kind, left: UInt64 = 0) {
            self.kind = kind
            self.left = left
        }
    }

    /// Whether the head of the response has been read, and sent to the client or written into what
    /// waits for it.
    public var hasResponse = false
    /// Whether the client's connection takes another request afterwards.
    public var isPersistent = false
    /// The client may still send a body that nobody reads.
    public var mustLinger = false
    /// The request's body as it comes from the client.
    public var clientReading = Place(.end)
    /// The request's body as it goes to the server.
    public var serverWriting = Place(.end)
    /// The response's body as it comes from the server.
    public var serverReading = Place(.end)
    /// The response's body as it goes to the client.
    public var clientWriting = Place(.end)
    /// Of the bytes that were read from the client, so many are framed already.
    public var uploadReady: UInt32 = 0
    /// Of the bytes that were read from the server, so many are framed already.
    public var downloadReady: UInt32 = 0
    /// How long the server may take to begin its response.
    public var firstByteMilliseconds: UInt32 = 0
    /// How long the server may be silent in its response.
    public var readMilliseconds: UInt32 = 0
    /// How long the server may take nothing of the request.
    public var writeMilliseconds: UInt32 = 0

    /// A request at its very end.
    public init() {}

    /// Bytes of the field.
    static let byteCount = 57

    /// Reads the value of the field, whose offsets count from the beginning of the message.
    init(_ bytes: [UInt8], at range: Range<Int>) throws(FormatError) {
        guard range.count == MovingRelay.byteCount else {
            throw FormatError(
                .badNumber(field: FieldTag.relay, count: range.count), at: range.lowerBound)
        }
        let flags = bytes[range.lowerBound]
        guard flags & ~7 == 0 else { throw FormatError(.badFlags(flags), at: range.lowerBound) }
        (hasResponse, isPersistent, mustLinger) = (flags & 1 != 0, flags & 2 != 0, flags & 4 != 0)
        var places: [Place] = []
        for index in 0..<4 {
            let start = range.lowerBound + 1 + 9 * index
            guard let kind = Place.Kind(rawValue: bytes[start]) else {
                throw FormatError(.badFlags(bytes[start]), at: start)
            }
            let left = UInt64(truncatingIfNeeded: bytes.number(at: start + 1, count: 8))
            places.append(Place(kind, left: left))
        }
        (clientReading, serverWriting) = (places[0], places[1])
        (serverReading, clientWriting) = (places[2], places[3])
        let numbers = (0..<5).map { index in
            UInt32(bytes.number(at: range.lowerBound + 37 + 4 * index, count: 4))
        }
        (uploadReady, downloadReady) = (numbers[0], numbers[1])
        firstByteMilliseconds = numbers[2]
        (readMilliseconds, writeMilliseconds) = (numbers[3], numbers[4])
    }

    /// The value of the field.
    var bytes: [UInt8] {
        var bytes: [UInt8] = [
            (hasResponse ? 1 : 0) | (isPersistent ? 2 : 0) | (mustLinger ? 4 : 0)
        ]
        for place in [clientReading, serverWriting, serverReading, clientWriting] {
            bytes.append(place.kind.rawValue)
            bytes.append(number: place.left)
        }
        for number in [
            uploadReady, downloadReady, firstByteMilliseconds, readMilliseconds, writeMilliseconds,
        ] {
            bytes.append(number: number)
        }
        return bytes
    }
}
