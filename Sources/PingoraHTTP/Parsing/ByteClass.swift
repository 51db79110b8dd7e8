/// Which bytes may stand where, as two 64-bit masks each: a test is a shift and an and.
enum ByteClass {
    /// `tchar` (RFC 9110 §5.6.2): letters, digits and ``!#$%&'*+-.^_`|~``.
    @inline(__always)
    static func isToken(_ byte: UInt8) -> Bool {
        holds(byte, low: 0x03ff_6cfa_0000_0000, high: 0x57ff_ffff_c7ff_fffe)
    }

    /// Bytes of a request target: the visible ASCII characters but `"`, `#`, `<`, `>` and `\`,
    /// none of which a URI may hold (RFC 3986 §2; a fragment is never sent). Other characters that
    /// RFC 3986 wants encoded are common in queries and mean the same to everybody.
    @inline(__always)
    static func isTarget(_ byte: UInt8) -> Bool {
        holds(byte, low: 0xafff_fff2_0000_0000, high: 0x7fff_ffff_efff_ffff)
    }

    /// `field-vchar`, SP and HTAB (RFC 9110 §5.5): no control but HTAB, no DEL.
    @inline(__always)
    static func isValue(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte != 0x7f || byte == 0x09
    }

    /// SP and HTAB.
    @inline(__always)
    static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    @inline(__always)
    static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

    /// Bytes of `uri-host` (RFC 3986 §3.2.2) outside brackets: unreserved, sub-delims, `%`; but no
    /// comma, which would let two hosts pass as one.
    @inline(__always)
    static func isHost(_ byte: UInt8) -> Bool {
        holds(byte, low: 0x2bff_6ff2_0000_0000 & ~(1 << 44), high: 0x47ff_fffe_87ff_fffe)
    }

    /// A letter in lower case; other bytes as they are.
    @inline(__always)
    static func lowercase(_ byte: UInt8) -> UInt8 { 65...90 ~= byte ? byte | 0x20 : byte }

    @inline(__always)
    private static func holds(_ byte: UInt8, low: UInt64, high: UInt64) -> Bool {
        let mask = byte < 64 ? low : high
        return byte < 128 && mask >> UInt64(byte & 63) & 1 != 0
    }
}
