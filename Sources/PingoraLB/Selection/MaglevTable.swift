/// Who owns each place of ``Maglev``'s table: the backend that visits it first.
enum MaglevTable {
    /// A backend on its way through the table.
    private struct Visitor {
        let index: UInt32
        /// The place it visits next.
        var place: Int
        /// From one place to the next; below the table's size and not 0, so that with a prime size
        /// it visits every place.
        let stride: Int
        /// When it visits the next place.
        var time: Double
        /// From the first visit to the second.
        let pause: Double
        /// The places it has not visited.
        var left: Int

        /// Goes to the next place, the slower the fewer are left: it then comes to each of those at
        /// any moment with the same probability, which is what makes shares follow weights. At an
        /// even pace, of two backends the heavier one would get more than its share.
        mutating func advance(_ size: Int) {
            place += stride
            if place >= size { place -= size }
            time += pause * Double(size) / Double(left)
            left -= 1
        }
    }

    /// The index of each place's owner; empty where no candidate has a weight.
    static func owners(_ candidates: [Candidate], size: Int) -> [UInt32] {
        var visitors = visitors(candidates, size)
        guard !visitors.isEmpty else { return [] }
        let visitsPerTime = visitors.reduce(0) { $0 + 1 / $1.pause }
        // Windows of time make it cheap to say who is next: within one, each goes on alone, and
        // who came later but was seen earlier has to give way.
        let window = Double(size + 8 * visitors.count) / 8 / visitsPerTime
        var owners = [UInt32](repeating: 0, count: size)
        var times = [Double](repeating: .infinity, count: size)
        var (free, end) = (size, window)
        while free > 0 {
            for number in visitors.indices {
                var visitor = visitors[number]
                while visitor.time < end && visitor.left > 0 {
                    if visitor.time < times[visitor.place] {
                        if times[visitor.place] == .infinity { free -= 1 }
                        times[visitor.place] = visitor.time
                        owners[visitor.place] = visitor.index
                    }
                    visitor.advance(size)
                }
                visitors[number] = visitor
            }
            end += window
        }
        return owners
    }

    private static func visitors(_ candidates: [Candidate], _ size: Int) -> [Visitor] {
        let heaviest = Double(candidates.map(\.weight).max() ?? 0)
        // Backends of one label would visit the same places: the first of them would own all.
        var namesakes: [String: UInt64] = [:]
        return candidates.enumerated().filter { $0.element.weight > 0 }.map { index, candidate in
            let hash = FNV1a.hash(Array(candidate.label.utf8).span)
            let namesake = namesakes[candidate.label, default: 0]
            namesakes[candidate.label] = namesake + 1
            var random = SplitMix(SplitMix.mixed(hash &+ namesake))
            let pause = heaviest / Double(candidate.weight)
            // It starts at any time within its pause, so that of two with one weight neither always
            // comes first.
            return Visitor(
                index: UInt32(index), place: random.next().scaled(below: size),
                stride: 1 + random.next().scaled(below: size - 1),
                time: random.nextFraction() * pause, pause: pause, left: size)
        }
    }
}
