import PingoraCore
import PingoraLB
import Testing

@Suite("LoadBalancer")
struct LoadBalancerTests {
    @Test("alternates over ten choices, as in the quick start")
    func quickStart() throws {
        let upstreams = try LoadBalancer<RoundRobin>(["1.1.1.1:443", "1.0.0.1:443"])
        let chosen = (0..<10).map { _ in upstreams.select()?.label }
        let expected = (0..<10).map { $0 % 2 == 0 ? "1.1.1.1:443" : "1.0.0.1:443" }
        #expect(chosen == expected)
    }

    @Test("takes IPv6 addresses and Unix paths")
    func addresses() throws {
        let upstreams = try LoadBalancer<RoundRobin>(["[::1]:80", "unix:/run/app.sock"])
        #expect(upstreams.backends.map(\.address.port) == [80, 0])
        #expect(upstreams.backends.map(\.weight) == [1, 1])
        #expect(upstreams.backends.map(\.label) == ["[::1]:80", "unix:/run/app.sock"])
    }

    @Test(
        "names the first text that is no address",
        arguments: [
            "", "1.1.1.1", "1.1.1.1:", "1.1.1.1:65536", "::1:80", "localhost:80", "unix:",
            "256.1.1.1:80",
        ])
    func badAddress(text: String) {
        #expect(throws: LoadBalancerError.invalidAddress(text)) {
            try LoadBalancer<RoundRobin>(["1.1.1.1:443", text, "worse"])
        }
    }

    @Test("escapes and cuts the offending text in its message")
    func message() {
        let error = LoadBalancerError.invalidAddress("a\nb" + String(repeating: "x", count: 1000))
        #expect(error.description.hasPrefix("invalid backend address: expected 1.1.1.1:443"))
        #expect(error.description.contains(#"got "a\nbxxx"#))
        #expect(error.description.utf8.count < 200)
    }

    @Test("counts a negative weight as drained")
    func negativeWeight() throws {
        #expect(try Backend(parsing: "1.1.1.1:1", weight: -3).weight == 0)
    }

    @Test("chooses nobody where there is nobody")
    func nobody() throws {
        #expect(LoadBalancer<RoundRobin>([Backend]()).select() == nil)
        let drained = try [Backend(parsing: "1.1.1.1:1", weight: 0)]
        #expect(LoadBalancer<RoundRobin>(drained).select() == nil)
    }

    @Test("avoids a refused backend, and gives up where all are refused")
    func refusal() throws {
        let upstreams = try LoadBalancer<RoundRobin>(["1.1.1.1:1", "1.1.1.1:2", "1.1.1.1:3"])
        let ports = (0..<4).map { _ in
            upstreams.select(accepting: { $0.address.port != 2 })?.address.port
        }
        #expect(ports == [1, 3, 1, 3])
        #expect(upstreams.select { _ in false } == nil)
    }

    @Test("chooses among the new backends after an update")
    func update() throws {
        let upstreams = try LoadBalancer<RoundRobin>(["1.1.1.1:1"])
        let next = try [Backend(parsing: "1.1.1.1:2"), Backend(parsing: "1.1.1.1:3", weight: 2)]
        upstreams.update(next)
        #expect(upstreams.backends == next)
        #expect((0..<3).map { _ in upstreams.select()?.address.port } == [3, 2, 3])
        upstreams.update([])
        #expect(upstreams.select() == nil)
    }
}
