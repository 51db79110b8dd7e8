import Glibc
import TestSupport
import Testing

/// Random clients, well-formed and hostile, against a random origin, on the simulated kernel.
///
/// `PINGORA_SEEDS=100000 swift test --filter SimulationTests` runs more seeds, and
/// `PINGORA_FIRST_SEED=17` begins at another; a seed that goes wrong is printed and gives the same
/// run again.
@Suite("Simulation")
struct SimulationTests {
    private static func number(_ variable: String) -> UInt64? {
        getenv(variable).flatMap { UInt64(String(cString: $0)) }
    }

    /// The seeds, in eight parts that can run side by side.
    static let parts: [ClosedRange<UInt64>] = {
        let first = number("PINGORA_FIRST_SEED") ?? 1
        let size = max(1, (number("PINGORA_SEEDS") ?? 2000) / 8)
        return (0..<8).map { first + $0 * size...first + ($0 + 1) * size - 1 }
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
        for seed in 1...50 as ClosedRange<UInt64> {
            #expect(RandomRun(seed: seed).transcripts == RandomRun(seed: seed).transcripts)
        }
    }
}
