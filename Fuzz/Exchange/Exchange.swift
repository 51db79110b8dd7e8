import Glibc
import TestSupport

/// Random bytes of clients and origins through the real engine on a real loop, over socket pairs.
///
///     exchange --seconds 120 --seed 1
///     exchange --seed 4711 --rounds 1     a round that failed, again
///
/// Each round has a seed of its own, one more than that of the round before. Ends with 1 at the
/// first round that goes wrong, and with 2 where the flags make no sense.
@main
struct Exchange {
    private var seconds = 120.0
    private var seed: UInt64 = 1
    private var rounds = Int.max

    private var roundCount = 0
    private var clientCount = 0
    private var originCount = 0
    private var answerCount = 0
    /// Resident KiB after the warm-up.
    private var baseline = 0
    /// Seconds since the first round.
    private var elapsed = 0.0

    /// Growth of resident memory that is no leak: buffers for more clients at once than before.
    private static let growthKiB = 8 * 1024
    /// Rounds in which buffers and tables grow to their sizes.
    private static let warmUpRounds = 2000
    /// Seconds between two reports of a long run.
    private static let reportSeconds = 300.0

    static func main() {
        var exchange = Exchange()
        guard exchange.readFlags(CommandLine.arguments.dropFirst()) else {
            print("usage: exchange [--seconds N] [--seed N] [--rounds N]")
            exit(2)
        }
        exit(exchange.run())
    }

    private mutating func readFlags(_ words: ArraySlice<String>) -> Bool {
        var words = words
        while let flag = words.popFirst() {
            guard let value = words.popFirst() else { return false }
            switch flag {
            case "--seconds": seconds = Double(value) ?? -1
            case "--seed": seed = UInt64(value) ?? 0
            case "--rounds": rounds = Int(value) ?? 0
            default: return false
            }
        }
        return seconds > 0 && seed > 0 && rounds > 0
    }

    private mutating func run() -> CInt {
        var template = Array("/tmp/pingora-exchange-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { return 2 }
        let directory = String(decoding: template.dropLast().map(UInt8.init), as: UTF8.self)
        LastWords.prepare()
        guard let engine = try? FuzzEngine(in: directory) else {
            print("the engine does not start")
            return 2
        }
        defer { engine.remove() }
        let violations = runRounds(on: engine)
        report()
        guard !violations.isEmpty else { return 0 }
        let failed = seed + UInt64(roundCount) - 1
        for violation in violations { print("seed \(failed): \(violation)") }
        print("again: exchange --seed \(failed) --rounds 1")
        print("  if that is fine: exchange --seed \(seed) --rounds \(roundCount) --seconds 86400")
        return 1
    }

    /// What went wrong in the last of the rounds.
    private mutating func runRounds(on engine: FuzzEngine) -> [String] {
        let clock = ContinuousClock()
        let start = clock.now
        let descriptors = ProcessFigures.descriptorCount
        var nextReport = Exchange.reportSeconds
        while roundCount < rounds, elapsed < seconds {
            let roundSeed = seed + UInt64(roundCount)
            LastWords.set("seed \(roundSeed): the process crashes or hangs; run --seed \(seed)\n")
            let round = FuzzRound(seed: roundSeed, on: engine)
            roundCount += 1
            clientCount += round.clientCount
            originCount += round.originCount
            answerCount += round.answerCount
            guard round.violations.isEmpty else { return round.violations }
            var random = SeededGenerator(seed: roundSeed)
            if let violation = Canary.violation(of: engine, using: &random) { return [violation] }
            let open = ProcessFigures.descriptorCount
            guard open == descriptors else {
                return ["\(open - descriptors) descriptors are left open"]
            }
            if let violation = checkMemory() { return [violation] }
            elapsed = start.duration(to: clock.now) / .seconds(1)
            if elapsed >= nextReport {
                nextReport += Exchange.reportSeconds
                report()
            }
        }
        return []
    }

    private mutating func checkMemory() -> String? {
        guard roundCount >= Exchange.warmUpRounds, roundCount % 500 == 0 else { return nil }
        let resident = ProcessFigures.residentKiB
        if baseline == 0 { baseline = resident }
        let growth = resident - baseline
        return growth > Exchange.growthKiB ? "\(growth) KiB more than after the warm-up" : nil
    }

    private func report() {
        let speed = Int(Double(answerCount) / max(elapsed, 0.001))
        print(
            "\(answerCount) exchanges of \(clientCount) clients with \(originCount) connections "
                + "to origins in \(roundCount) rounds, \(speed) exchanges per second")
        print(
            "\(ProcessFigures.residentKiB) KiB resident, \(baseline) KiB after the warm-up; "
                + "seeds \(seed) to \(seed + UInt64(max(roundCount, 1)) - 1)")
        // A log of a run that is ended from outside has them too.
        fflush(nil)
    }
}
