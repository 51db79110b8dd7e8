import Testing

/// How much a server takes, how long a request waits, and how often it is tried.
@Suite("Balancing: limits", .timeLimit(.minutes(2)))
struct BalancingLimitTests {
    private func held(_ origin: NamedOrigin) -> Gate {
        let gate = Gate()
        origin.manner = .waiting(gate)
        return gate
    }

    private func send(_ target: String, _ proxy: RunningProxy) throws -> RawConnection {
        let client = try proxy.connect()
        try client.send("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n")
        return client
    }

    private func limited(_ origin: NamedOrigin, to count: Int) -> String {
        "{ address: \(origin.address), max_requests: \(count) }"
    }

    @Test("send what one server has no room for to another")
    func overflow() throws {
        let origins = try NamedOrigin.named("A", "B")
        let proxy = try RunningProxy(
            origins.map { limited($0, to: 1) }, group: "algorithm: ketama, hash_key: host")
        let owner = try #require(origins.first { $0.name == (try? proxy.get().text) })
        let gate = held(owner)
        let client = try send("/1", proxy)
        #expect(eventually { owner.requests.last == "/1" })
        #expect(try proxy.get("/2").text == origins.first { $0.name != owner.name }?.name)
        gate.open()
        #expect(try client.readResponse().text == owner.name)
    }

    @Test("let requests wait for room, and refuse with 503 what is too much")
    func pending() throws {
        let origin = try NamedOrigin("A")
        let gate = held(origin)
        let proxy = try RunningProxy(
            [limited(origin, to: 1)], group: "max_pending: 1, pending_timeout: 1h")
        let first = try send("/1", proxy)
        #expect(eventually { origin.requests.count == 1 })
        // Whichever comes second waits.
        let rest = try [send("/2", proxy), send("/3", proxy)]
        let refused = try #require(try proxy.accessLog(count: 1).first)
        #expect(refused["status"] == "503")
        let place = refused["target"] == "/2" ? 0 : 1
        let answer = try rest[place].readResponse()
        #expect(answer.status == 503)
        #expect(answer["retry-after"] == "1")
        #expect(origin.requests == ["/1"])
        gate.open()
        #expect(try first.readResponse().text == "A")
        #expect(try rest[1 - place].readResponse().text == "A")
    }

    @Test(
        "let requests wait for so long only",
        arguments: ["max_pending: 0", "pending_timeout: 20ms"])
    func pendingTimeout(rule: String) throws {
        let origin = try NamedOrigin("A")
        let gate = held(origin)
        let proxy = try RunningProxy([limited(origin, to: 1)], group: rule)
        let first = try send("/1", proxy)
        #expect(eventually { origin.requests.count == 1 })
        let answer = try proxy.get("/2")
        #expect(answer.status == 503)
        #expect(answer["retry-after"] == "1")
        gate.open()
        #expect(try first.readResponse().text == "A")
        #expect(origin.requests == ["/1"])
    }

    @Test("on the time of a try have the next server tried")
    func tryTimeout() throws {
        let origins = try NamedOrigin.named("A", "B")
        let gate = held(origins[0])
        defer { gate.open() }
        let proxy = try RunningProxy(origins, group: "try_timeout: 1s")
        #expect(try proxy.answers(3) == ["B", "B", "B"])
        #expect(!origins[0].requests.isEmpty)
        let tries = try proxy.accessLog(count: 3).map { $0["tries"] }
        #expect(tries.sorted().last == "2")
    }

    @Test("on the time of a try are answered 504 without failover")
    func tryTimeoutAlone() throws {
        let origin = try NamedOrigin("A")
        let gate = held(origin)
        defer { gate.open() }
        let proxy = try RunningProxy([origin], group: "try_timeout: 50ms, failover: false")
        #expect(try proxy.answers(1) == ["504"])
    }

    @Test("on tries are kept, then it is 502", arguments: [1, 5])
    func tries(most: Int) throws {
        let dead = try (0..<8).map { _ in try ReservedPort() }
        let proxy = try RunningProxy(
            dead.map { "127.0.0.1:\($0.port)" }, "max_retries: \(most)")
        #expect(try proxy.get().status == 502)
        #expect(try proxy.accessLog(count: 1).first?["tries"] == "\(most)")
    }
}
