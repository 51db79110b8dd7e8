import Synchronization

/// Random numbers for choices on many threads: each draws a ticket, and what it gets follows from
/// the ticket and the seed alone.
///
/// One relaxed atomic increment for each choice. All threads together thus see one sequence, which
/// a test repeats by giving its seed. Not for secrets.
struct RandomTickets: ~Copyable, Sendable {
    private let seed: UInt64
    private let next = Atomic<UInt64>(0)

    init(seed: UInt64) { self.seed = seed }

    /// The random numbers of one choice.
    func draw() -> SplitMix {
        let ticket = next.wrappingAdd(1, ordering: .relaxed).oldValue
        return SplitMix(SplitMix.mixed(seed &+ ticket &* SplitMix.increment))
    }

    /// A seed that nobody can guess, so that many proxies do not choose alike.
    static func anySeed() -> UInt64 {
        var generator = SystemRandomNumberGenerator()
        return generator.next()
    }
}

/// The random numbers splitmix64 (Steele, Lea and Flood 2014): a counter whose bits are mixed.
struct SplitMix {
    /// 2^64 divided by the golden ratio, and odd.
    static let increment: UInt64 = 0x9e37_79b9_7f4a_7c15
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= SplitMix.increment
        return SplitMix.mixed(state)
    }

    /// From 0 up to, and without, 1.
    mutating func nextFraction() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// Spreads a change of any bit over all of them, and maps no two numbers to one.
    static func mixed(_ number: UInt64) -> UInt64 {
        var number = number
        number = (number ^ number >> 30) &* 0xbf58_476d_1ce4_e5b9
        number = (number ^ number >> 27) &* 0x94d0_49bb_1331_11eb
        return number ^ number >> 31
    }
}

extension UInt64 {
    /// Maps a number whose upper bits are evenly spread to one below `count`, in its proportion.
    func scaled(below count: Int) -> Int {
        Int(multipliedFullWidth(by: UInt64(count)).high)
    }
}
