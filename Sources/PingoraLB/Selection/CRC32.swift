/// The checksum CRC-32 of IEEE 802.3 and zlib, which nginx hashes with.
///
/// Four bytes at a time ("slicing by 4", Kounavis and Berry 2005).
struct CRC32 {
    /// Four tables of 256: the remainder of a byte with 0 to 3 bytes of zeros behind it.
    private static let tables: [UInt32] = {
        var tables = (0..<256).map { byte in
            (0..<8).reduce(UInt32(byte)) { rest, _ in rest >> 1 ^ (rest & 1) &* 0xedb8_8320 }
        }
        for place in 256..<1024 {
            let rest = tables[place - 256]
            tables.append(rest >> 8 ^ tables[Int(rest & 0xff)])
        }
        return tables
    }()

    private var state: UInt32 = .max

    /// The checksum of everything so far.
    var value: UInt32 { ~state }

    mutating func update(_ bytes: Span<UInt8>) {
        let tables = CRC32.tables.span
        var (state, index) = (state, 0)
        while index + 4 <= bytes.count {
            let word =
                UInt32(bytes[index]) | UInt32(bytes[index + 1]) << 8
                | UInt32(bytes[index + 2]) << 16 | UInt32(bytes[index + 3]) << 24
            state = CRC32.rest(state ^ word, tables)
            index += 4
        }
        while index < bytes.count {
            state = state >> 8 ^ tables[Int((state ^ UInt32(bytes[index])) & 0xff)]
            index += 1
        }
        self.state = state
    }

    mutating func update(_ text: some Collection<UInt8>) {
        update(Array(text).span)
    }

    /// Adds four bytes, the lowest first.
    mutating func update(littleEndian word: UInt32) {
        state = CRC32.rest(state ^ word, CRC32.tables.span)
    }

    private static func rest(_ word: UInt32, _ tables: Span<UInt32>) -> UInt32 {
        tables[768 + Int(word & 0xff)] ^ tables[512 + Int(word >> 8 & 0xff)]
            ^ tables[256 + Int(word >> 16 & 0xff)] ^ tables[Int(word >> 24)]
    }
}
