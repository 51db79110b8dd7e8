/// A ring of hashes, bit for bit that of nginx's `hash $key consistent`
/// (ngx_http_upstream_hash_module.c) and of Pingora's Ketama.
///
/// A backend has 160 points for each unit of its weight. A key belongs to the first point that is
/// not below its hash; past the last one, to the first. Of equal points that of the first backend
/// counts.
///
/// Limits: a sum of weights above 32 768 is scaled down to about that, which no longer is what
/// nginx does; 8 bytes for each of then five million points, and half as much for finding them.
/// Of backends with one label, the first gets the keys of all.
struct KetamaRing: Sendable {
    private static let pointsPerWeight = 160
    private static let heaviest = 32_768

    /// Above, the hash; below, the index of the backend. Ascending, no two with the same hash.
    private let points: [UInt64]
    /// For the uppermost bits of a hash, the first point that is not below all hashes with these
    /// bits; one more for the end.
    private let firsts: [UInt32]
    private let shift: UInt32
    /// The indices with a weight, ascending.
    private let candidates: [Int]

    init(_ candidates: [Candidate], weightLimit: Int = heaviest) {
        let weights = SmoothSequence.scaled(
            candidates.map { max(0, $0.weight) }, to: weightLimit)
        self.candidates = weights.indices.filter { weights[$0] > 0 }
        let points = KetamaRing.points(candidates.map(\.label), weights)
        self.points = points
        // About one point for each place.
        let bits = UInt32(max(1, Int.bitWidth - points.count.leadingZeroBitCount - 1))
        shift = 32 - min(24, bits)
        firsts = KetamaRing.firsts(points, shift)
    }

    /// The index of the first accepted backend at the key's hash or clockwise from it; nil where
    /// all are refused.
    ///
    /// A backend is asked about once for each of its points. After 16 points for each backend those
    /// that have not been met, which of equal weights is one in ten million, are asked in turn.
    func index(of hash: UInt32, accepting: (Int) -> Bool) -> Int? {
        guard !points.isEmpty else { return nil }
        var place = place(of: hash)
        for _ in 0..<min(points.count, 64 + 16 * candidates.count) {
            if place == points.count { place = 0 }
            let index = Int(UInt32(truncatingIfNeeded: points[place]))
            if accepting(index) { return index }
            place += 1
        }
        let start = Int(hash) % candidates.count
        return candidates[start...].first(where: accepting)
            ?? candidates[..<start].first(where: accepting)
    }

    /// The first point that is not below the hash; the number of points where all are.
    private func place(of hash: UInt32) -> Int {
        let wanted = UInt64(hash) << 32
        let part = Int(hash >> shift)
        var (low, high) = (Int(firsts[part]), Int(firsts[part + 1]))
        while low < high {
            let middle = (low + high) / 2
            if points[middle] < wanted { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private static func firsts(_ points: [UInt64], _ shift: UInt32) -> [UInt32] {
        let count = 1 << (32 - shift)
        var firsts: [UInt32] = []
        firsts.reserveCapacity(count + 1)
        for (place, point) in points.enumerated() {
            let part = Int(point >> (32 + UInt64(shift)))
            while firsts.count <= part { firsts.append(UInt32(place)) }
        }
        while firsts.count <= count { firsts.append(UInt32(points.count)) }
        return firsts
    }

    private static func points(_ labels: [String], _ weights: [Int]) -> [UInt64] {
        var points: [UInt64] = []
        points.reserveCapacity(weights.reduce(0, +) * pointsPerWeight)
        for (index, weight) in weights.enumerated() where weight > 0 {
            let base = base(labels[index])
            var hash: UInt32 = 0
            for _ in 0..<weight * pointsPerWeight {
                var checksum = base
                checksum.update(littleEndian: hash)
                hash = checksum.value
                points.append(UInt64(hash) << 32 | UInt64(index))
            }
        }
        var unique: [UInt64] = []
        unique.reserveCapacity(points.count)
        for point in sorted(points) where point >> 32 != unique.last.map({ $0 >> 32 }) {
            unique.append(point)
        }
        return unique
    }

    /// What all points of a backend begin with: its host, a zero byte, and its port in decimal.
    ///
    /// As nginx, the port is what digits follow the last colon; a path has none. As Pingora, an
    /// IPv6 address has no brackets, which nginx hashes with it.
    private static func base(_ label: String) -> CRC32 {
        var host = Array(label.utf8)[...]
        var port: ArraySlice<UInt8> = []
        if host.starts(with: "unix:".utf8) {
            host = host.dropFirst(5)
        } else if let colon = host.lastIndex(where: { !(0x30...0x39).contains($0) }),
            host[colon] == UInt8(ascii: ":")
        {
            port = host[(colon + 1)...]
            host = host[..<colon]
        }
        if host.first == UInt8(ascii: "["), host.last == UInt8(ascii: "]") {
            host = host.dropFirst().dropLast()
        }
        var checksum = CRC32()
        checksum.update(host + [0] + port)
        return checksum
    }

    /// Sorts by the hash, eleven bits at a time: six times as fast as comparing, for what an update
    /// of ten thousand backends has to wait for. Points of the same hash keep their order.
    private static func sorted(_ points: [UInt64]) -> [UInt64] {
        var (points, next) = (points, points)
        for shift: UInt64 in [32, 43, 54] {
            var places = [Int](repeating: 0, count: 2049)
            for point in points { places[Int(point >> shift & 0x7ff) + 1] += 1 }
            for digit in 1..<2049 { places[digit] += places[digit - 1] }
            for point in points {
                let digit = Int(point >> shift & 0x7ff)
                next[places[digit]] = point
                places[digit] += 1
            }
            swap(&points, &next)
        }
        return points
    }
}
