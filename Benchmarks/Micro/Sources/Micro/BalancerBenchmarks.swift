import PingoraLB

/// Choosing a backend, as each request does.
let balancerBenchmarks = [
    Benchmark(name: "round robin: pick one of 8") { count in
        let addresses = (1...8).map { "127.0.0.1:900\($0)" }
        guard let balancer = try? LoadBalancer<RoundRobin>(addresses) else { return }
        for _ in 0..<count { keep(balancer.select() != nil) }
    },
    Benchmark(name: "round robin: pick one of 8 accepted") { count in
        let addresses = (1...8).map { "127.0.0.1:900\($0)" }
        guard let balancer = try? LoadBalancer<RoundRobin>(addresses) else { return }
        for _ in 0..<count { keep(balancer.select { _ in true } != nil) }
    },
]
