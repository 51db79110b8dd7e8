/// Bytes that a test can make and check at any offset, without keeping them.
enum Pattern {
    /// A prime, so that no buffer size divides it: bytes that are lost, doubled or out of order
    /// show.
    static let period = 1_000_003

    /// One period and one more block, so that any block of up to 256 KiB is a slice of it.
    static let block: [UInt8] = {
        var state: UInt64 = 0x9e37_79b9_7f4a_7c15
        var bytes: [UInt8] = []
        bytes.reserveCapacity(period + maximumCount)
        for _ in 0..<period {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            bytes.append(UInt8(truncatingIfNeeded: state >> 56))
        }
        bytes += bytes[..<maximumCount]
        return bytes
    }()

    static let maximumCount = 256 * 1024

    /// The first bytes of it.
    static func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { block[$0 % period] }
    }
}
