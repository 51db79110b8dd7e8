/// How far a body has come, on its way in or out, for a process that goes on with it.
package struct BodyPlace: Hashable, Sendable {
    package enum Kind: UInt8, Sendable {
        /// Nothing is left.
        case end = 0
        /// ``BodyPlace/left`` bytes are.
        case length = 1
        /// Whatever comes until the stream ends.
        case untilClose = 2
        /// A chunk's size line comes next; on the way out, the first one.
        case chunkSize = 3
        /// ``BodyPlace/left`` bytes of a chunk; on the way out, what ends one.
        case chunkData = 4
        /// The CR behind a chunk.
        case chunkReturn = 5
        /// The LF behind a chunk.
        case chunkFeed = 6
    }

    package let kind: Kind
    package let left: Int

    package init(_ kind: Kind, left: Int = 0) {
        self.kind = kind
        self.left = left
    }
}
