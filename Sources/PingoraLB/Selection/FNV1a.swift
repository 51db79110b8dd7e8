/// The 64-bit hash FNV-1a (draft-eastlake-fnv): fast for short keys, and no defence against keys
/// that were made to collide.
public enum FNV1a {
    static let offset: UInt64 = 0xcbf2_9ce4_8422_2325
    static let prime: UInt64 = 0x100_0000_01b3

    /// The hash of `bytes`.
    public static func hash(_ bytes: Span<UInt8>) -> UInt64 {
        var hash = offset
        for index in bytes.indices { hash = (hash ^ UInt64(bytes[index])) &* prime }
        return hash
    }

    /// The hash of the eight bytes of `number`, the lowest first.
    static func hash(littleEndian number: UInt64) -> UInt64 {
        var hash = offset
        for shift: UInt64 in stride(from: 0, to: 64, by: 8) {
            hash = (hash ^ number >> shift & 0xff) &* prime
        }
        return hash
    }
}
