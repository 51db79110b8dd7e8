import TestSupport

/// A number that two runs share only where they were the same (FNV-1a, 64 bits).
struct TranscriptDigest: Equatable, CustomStringConvertible {
    private var value: UInt64 = 0xcbf2_9ce4_8422_2325

    /// All that came to one end of a connection, and how it ended.
    mutating func add(_ endpoint: SimulatedEndpoint) {
        add(UInt64(endpoint.transcript.count))
        endpoint.transcript.withUnsafeBufferPointer { bytes in
            var index = 0
            while index < bytes.count {
                mix(bytes[index])
                index += 1
            }
        }
        switch endpoint.ending {
        case nil: mix(0)
        case .orderly: mix(1)
        case .reset: mix(2)
        }
    }

    mutating func add(_ number: UInt64) {
        for shift in stride(from: 0, to: 64, by: 8) {
            mix(UInt8(truncatingIfNeeded: number >> UInt64(shift)))
        }
    }

    mutating func add(_ other: TranscriptDigest) { add(other.value) }

    private mutating func mix(_ byte: UInt8) {
        value = (value ^ UInt64(byte)) &* 0x100_0000_01b3
    }

    var description: String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}
