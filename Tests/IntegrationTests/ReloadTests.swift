import Glibc
import Testing

@Suite("Reloading")
struct ReloadTests {
    @Test("by SIGHUP follows new routes and servers, on connections that are open, too")
    func routes() throws {
        let (first, second) = (try ScriptedOrigin.echoing(), try ScriptedOrigin.echoing())
        let service = try ServiceDirectory()
        service.settings["upstreams"] = twoGroups(first.port, second.port)
        service.settings["routes"] = "[{ upstream: a }]"
        let process = try service.start()
        let client = try service.connect()
        #expect(try client.get("/before").status == 200)

        service.settings["routes"] =
            "[{ upstream: a }, { match: { path_prefix: /b }, upstream: b }]"
        try reload(service, process)
        #expect(try client.get("/b/after").status == 200)
        #expect(try client.get("/after").status == 200)
        #expect(first.requests.map(\.target) == ["/before", "/after"])
        #expect(second.requests.map(\.target) == ["/b/after"])
        // The group that stayed as it was kept its connection.
        #expect(first.acceptCount == 1)

        service.settings["upstreams"] = twoGroups(second.port, first.port)
        try reload(service, process)
        #expect(try client.get("/swapped").status == 200)
        #expect(second.requests.map(\.target) == ["/b/after", "/swapped"])
        #expect(service.processes.map(\.number) == [process.processID])
    }

    @Test("ends a request under way as it began")
    func underWay() throws {
        let (slow, other) = (try SlowOrigin(headAtOnce: false), try ScriptedOrigin.echoing())
        let service = try ServiceDirectory(upstreams: [slow.port])
        let process = try service.start()
        let client = try service.connect()
        try client.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(eventually { slow.origin.requests.count == 1 })
        service.settings["upstreams"] = ServiceDirectory.upstreams([other.port])
        service.settings["timeouts"] = "{ upstream_first_byte: 1ms }"
        try reload(service, process)
        slow.finish()
        let response = try client.readResponse()
        #expect(response.body == SlowOrigin.body)
        #expect(response["connection"] == nil)
        service.settings["timeouts"] = nil
        try reload(service, process)
        #expect(try client.get("/next").text == "GET /next\n")
        #expect(other.requests.map(\.target) == ["/next"])
    }

    @Test("adds and removes listeners, and keeps the connections of those that go")
    func listeners() throws {
        let origin = try ScriptedOrigin.echoing()
        let service = try ServiceDirectory(upstreams: [origin.port])
        let process = try service.start()
        let client = try service.connect()
        #expect(try client.get("/a").status == 200)
        let (port, file) = (try TCPSocket.freePort(), "\(service.path)/app.sock")
        service.settings["listeners"] =
            "[127.0.0.1:\(service.port), 127.0.0.1:\(port), \"unix:\(file)\"]"
        try reload(service, process)
        #expect(try RawConnection(connectingTo: port).get("/b").text == "GET /b\n")
        #expect(try UnixPeer.connect(to: file).get("/c").text == "GET /c\n")
        #expect(try service.get("/d").text == "GET /d\n")

        service.settings["listeners"] = "[127.0.0.1:\(port)]"
        try reload(service, process)
        #expect(service.isPortClosed)
        #expect(!service.exists("app.sock"))
        #expect(try RawConnection(connectingTo: port).get("/e").text == "GET /e\n")
        #expect(try client.get("/f").text == "GET /f\n")
        #expect(service.logs("event=listener_closed", times: 2))
    }

    @Test("follows new limits and timeouts", arguments: [false, true])
    func limits(isOpenBefore: Bool) throws {
        let origin = try ScriptedOrigin { connection in
            while let request = try connection.nextRequest() {
                if request.target == "/never" { return try connection.stall() }
                try connection.answer(request)
            }
        }
        let service = try ServiceDirectory(upstreams: [origin.port])
        let process = try service.start()
        let open = isOpenBefore ? try service.connect() : nil
        if let open { #expect(try open.get("/").status == 200) }
        service.settings["limits"] = "{ request_body: 4B, request_target: 64B }"
        service.settings["timeouts"] = "{ upstream_first_byte: 50ms }"
        try reload(service, process)
        let client = try open ?? service.connect()
        #expect(try client.get("/never").status == 504)
        #expect(try service.get("/" + String(repeating: "a", count: 80)).status == 414)
        let sender = try service.connect()
        try sender.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n12345")
        #expect(try sender.readResponse().status == 413)
    }

    @Test("follows a new log level and new places of the logs")
    func logs() throws {
        let origin = try ScriptedOrigin.echoing()
        let service = try ServiceDirectory(upstreams: [origin.port])
        let process = try service.start()
        _ = try service.get("/first")
        service.settings["access_log"] = "\(service.path)/access-2.log"
        service.settings["error_log"] = "\(service.path)/error-2.log"
        try service.writeConfiguration()
        process.signal(SIGHUP)
        #expect(
            eventually {
                (service.errorLog + service.read("error-2.log")).contains("event=reloaded")
            })
        _ = try service.get("/second")
        process.signal(SIGTERM)
        #expect(process.waitForExit() == .code(0))
        #expect(service.accessLog.contains("target=/first"))
        #expect(!service.accessLog.contains("target=/second"))
        #expect(service.read("access-2.log").contains("target=/second"))
        #expect(service.read("error-2.log").contains("event=stopped"))
    }

    @Test(
        "changes nothing where the file is wrong, and says where",
        arguments: [
            ("treads", "2", ":1: unknown key 'treads', did you mean 'threads'?"),
            ("listeners", "[127.0.0.1:99999]", ":13: listeners[0]: "),
            ("routes", "[{ upstream: none }]", "routes[0].upstream: unknown upstream"),
            ("upstreams", "{", "lb.yaml:"),
        ])
    func wrong(key: String, value: String, text: String) throws {
        let origin = try ScriptedOrigin.echoing()
        let service = try ServiceDirectory(upstreams: [origin.port])
        let process = try service.start()
        let client = try service.connect()
        #expect(try client.get("/before").status == 200)
        service.settings[key] = value
        // In force only if the whole file were.
        service.settings["limits"] = "{ request_target: 64B }"
        try service.writeConfiguration()
        process.signal(SIGHUP)
        #expect(service.logs("event=reload_failed"))
        let line = try #require(service.lines(with: "event=reload_failed").first)
        #expect(line.contains("\(service.configurationFile):"))
        #expect(line.contains(text), "\(line)")
        let target = "/" + String(repeating: "a", count: 80)
        #expect(try client.get(target).status == 200)
        #expect(try service.get(target).status == 200)

        // It takes the next good one.
        service.settings[key] = key == "listeners" ? "[127.0.0.1:\(service.port)]" : nil
        service.settings["upstreams"] = ServiceDirectory.upstreams([origin.port])
        try reload(service, process)
        #expect(try service.get(target).status == 414)
    }

    @Test("changes nothing where the file is gone, and says so")
    func missing() throws {
        let origin = try ScriptedOrigin.echoing()
        let service = try ServiceDirectory(upstreams: [origin.port])
        let process = try service.start()
        #expect(unlink(service.configurationFile) == 0)
        process.signal(SIGHUP)
        #expect(service.logs("event=reload_failed"))
        #expect(service.errorLog.contains("cannot read \(service.configurationFile): "))
        #expect(try service.get("/still").status == 200)
    }

    @Test("changes nothing where a new port is taken, and says which")
    func portInUse() throws {
        let origin = try ScriptedOrigin.echoing()
        let service = try ServiceDirectory(upstreams: [origin.port])
        let process = try service.start()
        let taken = try ServiceDirectory(upstreams: [origin.port])
        let owner = try taken.start()
        let file = "\(service.path)/app.sock"
        service.settings["listeners"] =
            "[127.0.0.1:\(service.port), \"unix:\(file)\", 127.0.0.1:\(taken.port)]"
        service.settings["limits"] = "{ request_target: 64B }"
        try service.writeConfiguration()
        process.signal(SIGHUP)
        #expect(service.logs("event=reload_failed"))
        let line = try #require(service.lines(with: "event=reload_failed").first)
        #expect(line.contains("127.0.0.1:\(taken.port)"))
        #expect(line.contains("address already in use"))
        #expect(try service.get("/" + String(repeating: "a", count: 80)).status == 200)
        #expect(!service.exists("app.sock"))
        #expect(owner.isAlive)
        #expect(try taken.get("/unharmed").status == 200)
    }

    @Test("closes and opens nothing but what has changed, however often")
    func often() throws {
        let origin = try ScriptedOrigin.echoing()
        let service = try ServiceDirectory(upstreams: [origin.port])
        let process = try service.start()
        let client = try service.connect()
        _ = try client.get("/")
        let count = process.descriptorCount
        for number in 0..<20 {
            try reload(service, process, times: number + 1)
            _ = try client.get("/")
        }
        #expect(process.descriptorCount == count)
        #expect(origin.acceptCount == 1)
    }

    /// Has the process read the file as the settings are now, and waits until it has.
    private func reload(
        _ service: ServiceDirectory, _ process: ChildProcess, times: Int? = nil
    ) throws {
        let before = times.map { $0 - 1 } ?? service.lines(with: "event=reloaded").count
        try service.writeConfiguration()
        process.signal(SIGHUP)
        guard service.logs("event=reloaded", times: before + 1) else {
            throw HarnessError("no reload: \(service.errorLog)")
        }
    }

    private func twoGroups(_ first: UInt16, _ second: UInt16) -> String {
        "{ a: { servers: [127.0.0.1:\(first)] }, b: { servers: [127.0.0.1:\(second)] } }"
    }
}
