import PingoraCore
import PingoraLB
import Synchronization
import Testing

@Suite("LoadBalancer on several threads")
struct ConcurrencyTests {
    @Test("gives each backend its exact share over eight threads together")
    func exactShares() throws {
        let weights = [5, 1, 1]
        let upstreams = try LoadBalancer<RoundRobin>(backends(weights))
        let counts = Mutex([0, 0, 0])
        inThreads(8) { _ in
            var own = [0, 0, 0]
            for _ in 0..<7_000 {
                if let backend = upstreams.select() { own[Int(backend.address.port)] += 1 }
            }
            counts.withLock { $0 = zip($0, own).map(+) }
        }
        #expect(counts.withLock { $0 } == [40_000, 8_000, 8_000])
    }

    @Test("alternates between two backends over four threads together")
    func alternation() throws {
        let upstreams = try LoadBalancer<RoundRobin>(backends([1, 1]))
        let second = Atomic(0)
        inThreads(4) { _ in
            for _ in 0..<10_001 where upstreams.select()?.address.port == 1 {
                second.add(1, ordering: .relaxed)
            }
        }
        #expect(second.load(ordering: .relaxed) == 20_002)
    }

    @Test("finds the only healthy backend whatever other threads draw")
    func oneHealthy() throws {
        let upstreams = try LoadBalancer<RoundRobin>(backends(Array(repeating: 1, count: 16)))
        let misses = Atomic(0)
        inThreads(8) { thread in
            for _ in 0..<2_000
            where upstreams.select(accepting: { $0.address.port == thread })?.address.port
                != UInt16(thread)
            {
                misses.add(1, ordering: .relaxed)
            }
        }
        #expect(misses.load(ordering: .relaxed) == 0)
    }

    @Test("chooses from one snapshot while others are put in place")
    func updates() throws {
        let first = try backends([1, 2, 3])
        let second = try [Backend(parsing: "2.2.2.2:7"), Backend(parsing: "2.2.2.2:8", weight: 4)]
        let upstreams = LoadBalancer<RoundRobin>(first)
        let known = Set(first + second)
        let strangers = Atomic(0)
        inThreads(6) { thread in
            for turn in 0..<3_000 {
                if thread == 0 { upstreams.update(turn % 2 == 0 ? second : first) }
                guard let backend = upstreams.select(), known.contains(backend) else {
                    strangers.add(1, ordering: .relaxed)
                    continue
                }
            }
        }
        #expect(strangers.load(ordering: .relaxed) == 0)
    }

    /// Backends at 1.1.1.1, whose ports are their indices.
    private func backends(_ weights: [Int]) throws -> [Backend] {
        try weights.enumerated().map { try Backend(parsing: "1.1.1.1:\($0)", weight: $1) }
    }
}
