import Testing

/// What `make simulate` runs and prints: a digest for each seed, or for many, and how fast it went.
/// The same seeds give the same digests.
@Suite("SimulationReport", .enabled(if: SimulationTests.firstSeed != nil))
struct SimulationReport {
    /// More seeds than this get one line for all.
    private static let shownSeeds = 50

    /// What came of one seed: without a fault, with one, and with moves to other processes.
    private struct Outcome {
        let seed: UInt64
        var digests: [TranscriptDigest] = []
        var violations: [String] = []

        init(seed: UInt64) {
            self.seed = seed
            for (name, run) in [
                ("plain", RandomRun(seed: seed)), ("faulty", RandomRun(seed: seed, isFaulty: true)),
                ("moving", RandomRun(seed: seed, isMoving: true)),
            ] {
                digests.append(run.digest)
                violations += run.violations.map { "\(name): \($0)" }
            }
        }

        var text: String {
            let wrong = violations.isEmpty ? "" : "; " + violations.joined(separator: "; ")
            return "seed \(seed): plain \(digests[0]), faulty \(digests[1]), moving \(digests[2])"
                + wrong
        }
    }

    @Test("prints a digest of what the seeds gave")
    func prints() async {
        let clock = ContinuousClock()
        let start = clock.now
        let parts = await withTaskGroup(of: (Int, [Outcome]).self) { group in
            for (index, seeds) in SimulationTests.parts.enumerated() {
                group.addTask { (index, seeds.map(Outcome.init(seed:))) }
            }
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        let outcomes = parts.sorted { $0.key < $1.key }.flatMap(\.value)
        let seconds = start.duration(to: clock.now) / .seconds(1)
        var digest = TranscriptDigest()
        for outcome in outcomes {
            for part in outcome.digests { digest.add(part) }
            let isWrong = !outcome.violations.isEmpty
            if isWrong || outcomes.count <= SimulationReport.shownSeeds { print(outcome.text) }
            if isWrong { Issue.record("\(outcome.text)") }
        }
        let speed = Int(Double(outcomes.count) / max(seconds, 0.001))
        print(
            "\(outcomes.count) seeds, 3 runs each, digest \(digest), \(speed) seeds per second")
    }
}
