import TestSupport

/// Some clients and origins at once, from one seed.
struct FuzzRound {
    private let engine: FuzzEngine
    private var random: SeededGenerator
    private let book = FuzzBook()
    private var clients: [FuzzClient] = []
    private var origins: [FuzzOrigin] = []
    private(set) var violations: [String] = []
    /// Final answers that clients got.
    private(set) var answerCount = 0
    var clientCount: Int { clients.count }
    var originCount: Int { origins.count }

    /// Nobody waits longer, with deadlines of at most 4 s and pauses of at most 5 s between pieces.
    private static let seconds: Int64 = 900
    private static let turnLimit = 400_000

    init(seed: UInt64, on engine: FuzzEngine) {
        self.engine = engine
        random = SeededGenerator(seed: seed)
        do {
            try run()
        } catch {
            violations.append("\(error)")
        }
    }

    private mutating func run() throws {
        let kernel = engine.kernel
        for index in 0..<Int.random(in: 1...12, using: &random) {
            let name = Int.random(in: 0..<24, using: &random) == 0 ? "dead" : "c"
            // Long, so that no mutation makes the name of one client that of another.
            let tag = String(UInt32.random(in: 0x1000_0000 ... .max, using: &random), radix: 16)
            let plan = FuzzPlan.make("/\(name)\(index)-\(tag)", using: &random)
            let endpoint = try engine.connect(using: &random)
            clients.append(FuzzClient(endpoint, plan, on: kernel, using: &random))
        }
        let end = kernel.now + FuzzRound.seconds * 1_000_000_000
        var turns = 0
        while !clients.allSatisfy(\.isFinished) {
            guard kernel.now < end, turns < FuzzRound.turnLimit else {
                let count = clients.count { !$0.isFinished }
                violations.append("\(count) clients are left hanging after \(turns) turns")
                break
            }
            turns += 1
            step(until: end)
        }
        judge()
        hangUp()
    }

    private mutating func step(until end: Int64) {
        var hasMoved = false
        while let endpoint = engine.nextOrigin() {
            hasMoved = true
            origins.append(FuzzOrigin(endpoint, book, on: engine.kernel, seed: random.next()))
        }
        var alarm = end
        for client in clients where !client.isFinished {
            if client.step() { hasMoved = true }
            alarm = min(alarm, client.wakes)
        }
        for origin in origins {
            if origin.step() { hasMoved = true }
            alarm = min(alarm, origin.wakes)
        }
        engine.turn(isBusy: hasMoved, until: alarm)
    }

    private mutating func judge() {
        violations += book.violations
        for (index, client) in clients.enumerated() {
            let verdict = Verdict(client, book)
            answerCount += verdict.answered
            if let violation = verdict.violation {
                violations.append("client \(index): \(violation)")
            }
        }
        let tame = clients.map(\.plan).filter { !$0.isWild }
        for target in book.requests.keys {
            guard let slash = target.lastIndex(of: "/"), slash > target.startIndex else { continue }
            let name = target[...slash]
            guard
                let plan = tame.first(where: { $0.requests.first?.target.hasPrefix(name) == true }),
                !plan.requests.contains(where: { $0.target == target })
            else { continue }
            violations.append("\(target) was never asked for")
        }
        for target in book.requests.keys where target.contains("evil") {
            violations.append("an attack reached the origin: \(target)")
        }
    }

    private mutating func hangUp() {
        for client in clients { client.endpoint.close() }
        for origin in origins { origin.endpoint.close() }
        if !engine.settle() {
            violations.append("\(engine.connectionCount) connections are still open")
        }
    }
}
