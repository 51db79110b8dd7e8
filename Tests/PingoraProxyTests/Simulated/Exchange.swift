import PingoraCore
import PingoraHTTP
import TestSupport
import Testing

@testable import PingoraProxy

/// What clients and origin say to each other through the proxy, to the byte.
struct Exchange: CustomTestStringConvertible {
    let testDescription: String
    /// One script for each client.
    var clients: [[ScriptStep]]
    /// One script for each connection to the origin.
    var origin: [[ScriptStep]]
    var options = ProxyOptions()
    var peer = HTTPPeer(SimulatedProxy.originAddress)
    /// The proxy closes the client's connection by itself; the virtual seconds until then.
    var seconds: ClosedRange<Double>?

    init(_ name: String, client: [ScriptStep], origin: [ScriptStep]) {
        testDescription = name
        clients = [client]
        self.origin = [origin]
    }

    init(_ name: String, client: [ScriptStep], origins: [[ScriptStep]]) {
        testDescription = name
        clients = [client]
        origin = origins
    }

    func with(_ change: (inout Exchange) -> Void) -> Exchange {
        var copy = self
        change(&copy)
        return copy
    }

    /// `PINGORA_SEEDS` lowers the number of seeds, for a build that is slow.
    private static let mostSeeds = SimulationTests.seedCount.map(Int.init(clamping:)) ?? .max

    /// Runs it for each seed and reports the first seed that goes wrong.
    func check(seeds: ClosedRange<UInt64> = 1...200) {
        for seed in seeds.prefix(Exchange.mostSeeds) {
            var complaints: [String] = []
            simulate(seed: seed) { kernel in complaints = try run(on: kernel) }
            guard !complaints.isEmpty else { continue }
            Issue.record("seed \(seed): \(complaints.joined(separator: "; "))")
            return
        }
    }

    private func run(on kernel: SimulatedKernel) throws -> [String] {
        let proxy = try SimulatedProxy(PlainProxy(peer: peer), on: kernel, options: options)
        proxy.originScripts = origin
        for script in clients { try proxy.client(script) }
        let begin = kernel.now
        proxy.run()
        var complaints = proxy.complaints
        let passed = Double(kernel.now - begin) / 1e9
        if complaints.isEmpty, let seconds, !seconds.contains(passed) {
            complaints.append("took \(passed) s, expected \(seconds)")
        }
        complaints += proxy.leaks()
        proxy.stop()
        return complaints
    }
}
