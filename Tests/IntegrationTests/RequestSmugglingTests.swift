import Testing

/// Byte sequences that have desynchronised proxies, each against an origin that records.
///
/// For every row holds: one request in gives at most one request out; a refused request reaches
/// the origin with zero bytes; after a refusal nothing more of the connection is served.
@Suite("Request smuggling")
struct RequestSmugglingTests {
    @Test("refuses lengths that conflict", arguments: SmugglingRow.lengths)
    func lengths(row: SmugglingRow) throws { try check(row) }

    @Test("refuses every coding but chunked", arguments: SmugglingRow.codings)
    func codings(row: SmugglingRow) throws { try check(row) }

    @Test("refuses a coding beside a length", arguments: SmugglingRow.codingsWithLength)
    func codingsWithLength(row: SmugglingRow) throws { try check(row) }

    @Test("refuses chunks that are not exact", arguments: SmugglingRow.chunks)
    func chunks(row: SmugglingRow) throws { try check(row) }

    @Test("refuses chunked bodies that pass a limit", arguments: SmugglingRow.longChunks)
    func longChunks(row: SmugglingRow) throws { try check(row) }

    @Test("refuses request lines that are not exact", arguments: SmugglingRow.requestLines)
    func requestLines(row: SmugglingRow) throws { try check(row) }

    @Test("refuses field lines that are not exact", arguments: SmugglingRow.fieldLines)
    func fieldLines(row: SmugglingRow) throws { try check(row) }

    @Test("serves what only looks suspicious, and stays in step", arguments: SmugglingRow.valid)
    func valid(row: SmugglingRow) throws { try check(row) }

    /// Sends the row and, right behind it, a request that must not be served if the row is refused.
    private func check(_ row: SmugglingRow) throws {
        let origin = try ScriptedOrigin.echoing()
        let proxy = try RunningProxy(upstreams: [origin.port])
        let client = try proxy.connect()
        // Sending may fail with a reset where the proxy has already refused.
        try? client.send(row.bytes + Array(SmugglingRow.next.utf8))
        client.finishSending()
        var statuses: [Int] = []
        while let answer = try? client.readResponse() { statuses.append(answer.status) }
        #expect(client.ending != nil, "the connection ends")
        let requests = origin.requests.map { "\($0.method) \($0.target) \($0.text)" }
        switch row.expectation {
        case .refused(let allowed), .refusedLate(let allowed):
            #expect(statuses.count == 1)
            #expect(statuses.allSatisfy(allowed.contains), "\(statuses)")
            #expect(requests.isEmpty)
        case .served(let expected):
            #expect(statuses == expected.map { _ in 200 })
            #expect(requests == expected)
        }
        if case .refused = row.expectation { #expect(origin.receivedCount == 0) }
        #expect(try proxy.get("/still").text == "GET /still\n")
    }

    @Test(
        "refuses an alias of a framing field",
        arguments: ["Transfer_Encoding", "Content_Length"])
    func alias(name: String) throws {
        let origin = try ScriptedOrigin.echoing()
        let proxy = try RunningProxy(upstreams: [origin.port])
        let value = name == "Content_Length" ? "50" : "chunked"
        let answer = try proxy.exchange(
            "POST / HTTP/1.1\r\nHost: a\r\n\(name): \(value)\r\nContent-Length: 5\r\n\r\nhello")
        #expect(answer.status == 400)
        #expect(origin.requests.isEmpty)
    }

    @Test("writes its own framing: no chunk extension and no forbidden trailer goes on")
    func rewrites() throws {
        let origin = try ScriptedOrigin.echoing()
        let proxy = try RunningProxy(upstreams: [origin.port])
        let answer = try proxy.exchange(
            SmugglingRow.chunkedHead
                + "5;a=b\r\nhello\r\n0\r\nContent-Length: 50\r\nHost: b\r\nAuthorization: c\r\n"
                + "X-Forwarded-For: d\r\nTransfer-Encoding: e\r\nX-Sum: f\r\n\r\n")
        #expect(answer.text == "POST /\nhello")
        let text = String(decoding: origin.received(on: 0), as: UTF8.self)
        #expect(!text.contains("a=b"))
        #expect(!text.contains("Content-Length"))
        let request = try #require(origin.requests.first)
        #expect(request.values("transfer-encoding") == ["chunked"])
        #expect(request.values("host") == ["a"])
        #expect(request.trailers.allSatisfy { $0.name == "X-Sum" })
    }

    @Test("gives no client what another one left over")
    func leftOver() throws {
        let origin = try ScriptedOrigin.echoing()
        let proxy = try RunningProxy(upstreams: [origin.port], ["--threads", "1"])
        for round in 0..<10 {
            let attacker = try proxy.connect()
            try attacker.send(
                "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello")
            attacker.close()
            #expect(try proxy.get("/\(round)").text == "GET /\(round)\n")
        }
        #expect(origin.requests.allSatisfy { $0.target != "/a" })
    }
}
