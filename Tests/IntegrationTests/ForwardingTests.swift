import Testing

/// Fields on their way through: what is for one hop stays there, what says who asks is true.
@Suite("Forwarded fields")
struct ForwardingTests {
    private func forward(_ fields: String) throws -> Message {
        let origin = try ScriptedOrigin.echoing()
        let proxy = try RunningProxy(upstreams: [origin.port])
        let answer = try proxy.exchange(
            "POST /a?b HTTP/1.1\r\nHost: a.example\r\n\(fields)Content-Length: 2\r\n\r\nhi")
        #expect(answer.text == "POST /a?b\nhi")
        return try #require(origin.requests.first)
    }

    @Test("pass end-to-end fields on as they are, in their order")
    func endToEnd() throws {
        let request = try forward("X-One: 1\r\nx-two:  two words \r\nX-One: \r\nCookie: a=b\r\n")
        let own = request.fields.filter {
            ["x-one", "x-two", "cookie"].contains($0.name.lowercased())
        }
        #expect(own.map(\.name) == ["X-One", "x-two", "X-One", "Cookie"])
        #expect(own.map(\.value) == ["1", "two words", "", "a=b"])
        #expect(request.startLine == "POST /a?b HTTP/1.1")
        #expect(request.values("host") == ["a.example"])
    }

    @Test(
        "leave out what is for this hop only",
        arguments: [
            "Keep-Alive: timeout=5", "Proxy-Connection: keep-alive", "TE: gzip", "Upgrade: foo",
            "Proxy-Authorization: Basic x", "Connection: X-Secret\r\nX-Secret: y",
            "Connection: close, x-secret\r\nX-Secret: y", "Connection: keep-alive",
        ])
    func hopByHop(fields: String) throws {
        let request = try forward(fields + "\r\n")
        let names = fields.split(separator: "\r\n").compactMap { $0.split(separator: ":").first }
        for name in names { #expect(request.values(String(name)).isEmpty) }
    }

    @Test(
        "do not let Connection take away what the request needs",
        arguments: [
            "Host", "Content-Length", "X-Forwarded-For", "X-Forwarded-Proto", "Authorization",
            "Via", "Cookie", "Host, Content-Length, X-Forwarded-For",
        ])
    func listed(names: String) throws {
        let request = try forward("Connection: \(names)\r\nAuthorization: b\r\nCookie: c\r\n")
        #expect(request.values("host") == ["a.example"])
        #expect(request.values("content-length") == ["2"])
        #expect(request.values("x-forwarded-for") == ["127.0.0.1"])
        #expect(request.values("authorization") == ["b"])
        #expect(request.values("cookie") == ["c"])
    }

    @Test(
        "say who really asks",
        arguments: [
            "", "X-Forwarded-For: 6.6.6.6\r\n",
            "X-Forwarded-For: 6.6.6.6\r\nx-forwarded-for: 7.7.7.7\r\n",
            "X-Forwarded-Proto: https\r\nX-Forwarded-Host: b.example\r\n",
        ])
    func forwarded(fields: String) throws {
        let request = try forward(fields)
        #expect(request.values("x-forwarded-for") == ["127.0.0.1"])
        #expect(request.values("x-forwarded-proto") == ["http"])
        #expect(!request.values("x-forwarded-host").contains("b.example"))
    }

    @Test(
        "drop what servers read as the fields above",
        arguments: [
            "X_Forwarded_For: 6.6.6.6", "X-Real-IP: 6.6.6.6", "Forwarded: for=6.6.6.6",
        ])
    func aliases(field: String) throws {
        let request = try forward(field + "\r\n")
        #expect(request.fields.allSatisfy { !$0.value.contains("6.6.6.6") })
    }

    @Test("take the target of an absolute request apart, and let it decide over Host")
    func absolute() throws {
        let origin = try ScriptedOrigin.echoing()
        let proxy = try RunningProxy(upstreams: [origin.port])
        let answer = try proxy.exchange(
            "GET http://b.example/c?d HTTP/1.1\r\nHost: a.example\r\n\r\n")
        #expect([200, 400].contains(answer.status))
        guard let request = origin.requests.first else { return }
        #expect(request.values("host") == ["b.example"])
    }

    @Test(
        "pass targets on byte by byte",
        arguments: [
            "/a/../b", "/api/%2e%2e/admin", "/a%2fb", "/%00", "/%0d%0aX:%20y", "//a", "/a;x=1?y=%",
            "/?", "/a?b?c#", "/'\"<>", "/%c0%ae", "/a//b/./c",
        ])
    func targets(target: String) throws {
        let origin = try ScriptedOrigin.echoing()
        let proxy = try RunningProxy(upstreams: [origin.port])
        let answer = try proxy.get(target)
        // A byte that has no place in a target may be refused, but never changed.
        if answer.status == 400 { return #expect(origin.receivedCount == 0) }
        #expect(answer.text == "GET \(target)\n")
    }

    @Test("leave out of responses what is for one hop")
    func response() throws {
        let origin = try ScriptedOrigin(
            answering: "HTTP/1.1 200 OK\r\nConnection: keep-alive, X-Secret\r\nX-Secret: a\r\n"
                + "Keep-Alive: timeout=5\r\nSet-Cookie: a=b\r\nSet-Cookie: c=d\r\nServer: odd\r\n"
                + "Content-Length: 2\r\n\r\nok")
        let proxy = try RunningProxy(upstreams: [origin.port])
        let client = try proxy.connect()
        try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        let answer = try client.readResponse()
        #expect(answer.values("x-secret").isEmpty)
        #expect(answer.values("keep-alive").isEmpty)
        #expect(answer.values("connection").isEmpty)
        #expect(answer.values("set-cookie") == ["a=b", "c=d"])
        #expect(answer.values("server") == ["odd"])
    }
}
