/// The keys of session tickets over time, without a clock: the newest encrypts, older ones still
/// decrypt.
///
/// Invariant: there is at least one key, and at most `1 + olderCount`.
struct TicketRing: Equatable, Sendable {
    /// A key, and since when it encrypts (nanoseconds of the clock that never jumps).
    struct Entry: Equatable, Sendable {
        let key: TicketKey
        let since: Int64
    }

    /// The newest first.
    private(set) var entries: [Entry]
    let olderCount: Int

    /// A ring with one key that encrypts from `now` on.
    init(_ key: TicketKey, olderCount: Int, now: Int64) {
        entries = [Entry(key: key, since: now)]
        self.olderCount = max(0, olderCount)
    }

    /// Whether the newest key has encrypted for longer than `interval`.
    func isDue(at now: Int64, interval: Int64) -> Bool {
        now - entries[0].since >= interval
    }

    /// Makes `key` the one that encrypts, and forgets what is too old.
    mutating func rotate(to key: TicketKey, now: Int64) {
        entries.insert(Entry(key: key, since: now), at: 0)
        entries.removeLast(max(0, entries.count - 1 - olderCount))
    }

    /// The place of the key called `name`, 0 for the newest; nil if it is unknown.
    func index(of name: some Sequence<UInt8>) -> Int? {
        entries.firstIndex { $0.key.name.elementsEqual(name) }
    }

    // MARK: For a successor

    /// The first byte of an export, so that a later version can be told apart.
    private static let version: UInt8 = 1

    /// All keys with their times: version, count, and per key 8 bytes of time (big-endian) and 80
    /// of key.
    var exported: [UInt8] {
        entries.reduce(into: [TicketRing.version, UInt8(entries.count)]) { bytes, entry in
            for shift in stride(from: 56, through: 0, by: -8) {
                bytes.append(UInt8(truncatingIfNeeded: entry.since >> Int64(shift)))
            }
            bytes += entry.key.bytes
        }
    }

    /// The keys of an export, of which the newest are kept; nil where it is none. A time to come,
    /// which this system's clock can't have given, counts as `now`.
    init?(exported bytes: [UInt8], olderCount: Int, now: Int64) {
        let entrySize = 8 + TicketKey.size
        guard bytes.count >= 2, bytes[0] == TicketRing.version, bytes[1] > 0,
            bytes.count == 2 + Int(bytes[1]) * entrySize
        else { return nil }
        var entries: [Entry] = []
        for start in stride(from: 2, to: bytes.count, by: entrySize) {
            let since = bytes[start..<start + 8].reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
            guard let key = TicketKey(bytes: Array(bytes[start + 8..<start + entrySize])) else {
                return nil
            }
            entries.append(Entry(key: key, since: min(now, Int64(truncatingIfNeeded: since))))
        }
        self.entries = Array(entries.prefix(1 + max(0, olderCount)))
        self.olderCount = max(0, olderCount)
    }
}
