/// Consistent hashing that sends each key where nginx's `hash $key consistent` and Pingora's
/// Ketama send it, so that caches stay warm when one takes the place of the other.
///
/// Where one of N backends goes, only its own keys move; a refused backend's keys go to the next
/// ones on the ring. Shares vary: with 160 points for each unit of weight by about 8 % (1 / √160)
/// of a share. A choice costs two or three reads of memory, whatever the number of backends.
///
/// Limits: a sum of weights above 32 768 is scaled down. Backends on nginx are known by the text of
/// its configuration: labels have to be `IP:port`, and `[IPv6]:port` is placed as Pingora does.
public final class Ketama: SelectionAlgorithm {
    private let ring: KetamaRing
    private let tickets: RandomTickets
    private let draw: WeightedDraw

    /// Prepares for these backends: 160 points to hash and sort for each unit of weight.
    public convenience init(_ candidates: [Candidate]) {
        self.init(candidates, seed: RandomTickets.anySeed())
    }

    /// Chooses the same for requests without a key for the same seed.
    package init(_ candidates: [Candidate], seed: UInt64) {
        ring = KetamaRing(candidates)
        tickets = RandomTickets(seed: seed)
        draw = WeightedDraw(weights: candidates.map(\.weight))
    }

    /// The index that the key belongs to; where it is refused, the next on the ring. Any index by
    /// weight without a key.
    public func select(_ request: SelectionRequest, accepting: (Int) -> Bool) -> Int? {
        guard let key = request.key else {
            var random = tickets.draw()
            return draw.index(&random, accepting: accepting)
        }
        return ring.index(of: UInt32(truncatingIfNeeded: key), accepting: accepting)
    }

    /// CRC-32, as nginx.
    public func hash(_ key: Span<UInt8>) -> UInt64 {
        var checksum = CRC32()
        checksum.update(key)
        return UInt64(checksum.value)
    }
}
