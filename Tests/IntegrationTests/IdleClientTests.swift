import Glibc
import Testing

@Suite("Idle clients")
struct IdleClientTests {
    @Test("are answered whenever they come back, also while the loop turns away from them")
    func comeBack() throws {
        let origin = try ScriptedOrigin.echoing()
        // A process for each, for a loop with nothing else to do wakes up at other times. A task
        // leaves its connection to the loop after 1 s, give or take a tick of 50 ms.
        let pairs = try (0..<10).map { _ in
            let proxy = try RunningProxy(upstreams: [origin.port], ["--threads", "1"])
            return (proxy: proxy, client: try proxy.connect())
        }
        for pair in pairs {
            try pair.client.send("GET /first HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try pair.client.readResponse().text == "GET /first\n")
            usleep(5000)
        }
        usleep(960_000)
        for pair in pairs { try pair.client.send("GET /second HTTP/1.1\r\nHost: a\r\n\r\n") }
        let quiet = pairs.filter { $0.client.staysQuiet(forSeconds: 2) }
        #expect(quiet.isEmpty)
    }
}
