import Glibc
import TestSupport
import Testing

/// Random clients, well-formed and hostile, against a random origin, on the simulated kernel.
///
/// `PINGORA_SEEDS=100000 swift test --filter SimulationTests` runs more seeds, and
/// `PINGORA_FIRST_SEED=17` begins at another; a seed that goes wrong is printed and gives the same
/// run again. `make simulate SEED=17` does both, and prints what came of each seed.
@Suite("Simulation")
struct SimulationTests {
    private static func number(_ variable: String) -> UInt64? {
        getenv(variable).flatMap { UInt64(String(cString: $0)) }
    }

    /// The seed to begin at; nil where nobody asked for one.
    static let firstSeed = number("PINGORA_FIRST_SEED")

    /// How many seeds somebody asked for; nil where nobody did.
    static let seedCount = number("PINGORA_SEEDS")

    /// The seeds, in at most eight parts that can run side by side.
    static let parts: [ClosedRange<UInt64>] = {
        let (first, count) = (firstSeed ?? 1, max(1, seedCount ?? 2000))
        let partCount = min(8, count)
        let ends = (0...partCount).map { first + $0 * count / partCount }
        return zip(ends, ends.dropFirst()).map { $0...$1 - 1 }
    }()

    @Test("keeps to the five invariants, whatever comes", arguments: parts)
    func invariants(_ seeds: ClosedRange<UInt64>) {
        for seed in seeds {
            let run = RandomRun(seed: seed)
            guard !run.violations.isEmpty else { continue }
            Issue.record("seed \(seed): \(run.violations.joined(separator: "; "))")
            return
        }
    }

    @Test("keeps to them when a system call fails", arguments: parts)
    func invariantsDespiteFaults(_ seeds: ClosedRange<UInt64>) {
        for seed in seeds {
            let run = RandomRun(seed: seed, isFaulty: true)
            guard !run.violations.isEmpty else { continue }
            Issue.record("seed \(seed): \(run.violations.joined(separator: "; "))")
            return
        }
    }

    @Test("is the same twice for the same seed")
    func isDeterministic() {
        var digests: Set<String> = []
        for seed in 1...50 as ClosedRange<UInt64> {
            let (first, second) = (RandomRun(seed: seed), RandomRun(seed: seed))
            #expect(first.transcripts == second.transcripts)
            #expect(first.digest == second.digest)
            let faulty = RandomRun(seed: seed, isFaulty: true)
            #expect(faulty.digest == RandomRun(seed: seed, isFaulty: true).digest)
            let moving = RandomRun(seed: seed, isMoving: true)
            #expect(moving.transcripts == RandomRun(seed: seed, isMoving: true).transcripts)
            digests.insert(first.digest.description)
        }
        #expect(digests.count == 50)
    }
}
