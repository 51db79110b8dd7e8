import Glibc
import Testing

/// Upgrades of `pingora-lb` with listeners that speak TLS.
@Suite("Upgrades under TLS")
struct TLSUpgradeTests {
    private let certificates: CertificateDirectory
    private let origin: ScriptedOrigin
    private let service: ServiceDirectory

    init() throws {
        certificates = try CertificateDirectory()
        origin = try ScriptedOrigin.echoing()
        service = try ServiceDirectory(upstreams: [origin.port])
        let files = try certificates.make("one", for: "DNS:one.test")
        service.settings["listeners"] =
            "[{ address: 127.0.0.1:\(service.port), "
            + "tls: { certificate: \(files.certificate), key: \(files.key) } }]"
        service.settings["upgrade"] = "{ wait: 10s }"
        service.settings["grace_period_seconds"] = "5"
    }

    /// Replaces `old`, and waits until it has left.
    private func replace(_ old: ChildProcess, count: Int) throws -> ChildProcess {
        let next = try service.run(["-u"])
        old.signal(SIGQUIT)
        guard service.logs("event=took_over", times: count) else {
            throw HarnessError("no upgrade: \(service.errorLog.suffix(3000)) \(next.errors)")
        }
        return next
    }

    @Test("sessions from before two upgrades resume after them", arguments: ["-tls1_3", "-tls1_2"])
    func tickets(version: String) throws {
        var process = try service.start()
        let session = certificates.path + "/session"
        try Session.make(port: service.port, certificates, into: session, version)
        for count in 1...2 {
            let old = process
            process = try replace(old, count: count)
            #expect(old.waitForExit() == .code(0))
            #expect(service.logs("event=ticket_keys_inherited", times: count))
            #expect(
                try Session.resumes(port: service.port, certificates, from: session, version))
        }
        // A ticket of the last process is good in the next one, too; in one that was started
        // without an upgrade it is not.
        process.signal(SIGTERM)
        #expect(process.waitForExit() == .code(0))
        process = try service.start()
        #expect(
            try !Session.resumes(port: service.port, certificates, from: session, version))
    }

    @Test("no log names a key, whatever its level")
    func secrecy() throws {
        let old = try service.start()
        let next = try replace(old, count: 1)
        #expect(service.logs("event=ticket_keys_inherited"))
        let lines = service.errorLog + old.errors + next.errors
        // A key has 80 bytes, of which any log would show more than eight digits in a row.
        #expect(lines.firstMatch(of: /[0-9a-f]{24}/) == nil)
        #expect(!lines.contains("secret"))
    }

    @Test("three in a row fail no request, on new connections and on kept ones")
    func load() throws {
        var process = try service.start()
        let directory = try TemporaryDirectory()
        let script = try directory.write("load.py", Self.script)
        let clients = try PythonProcess.start(
            [script, "\(service.port)", certificates.authority], in: directory)
        #expect(eventually { origin.requests.count > 50 })
        for count in 1...3 {
            let before = origin.requests.count
            let old = process
            process = try replace(old, count: count)
            #expect(old.waitForExit() == .code(0))
            #expect(eventually { origin.requests.count > before + 50 })
        }
        clients.signal(SIGTERM)
        #expect(clients.waitForExit() == .code(0), "\(clients.errors)")
        #expect(clients.output.hasPrefix("failures 0 of "), "\(clients.output)")
    }

    /// Three clients that connect anew for each request, and three that keep their connection until
    /// they are told to come anew.
    private static let script = """
        import http.client, signal, ssl, sys, threading, time
        port, authority = int(sys.argv[1]), sys.argv[2]
        context = ssl.create_default_context(cafile=authority)
        context.check_hostname = False
        stopping, failures, counts = threading.Event(), [], []
        signal.signal(signal.SIGTERM, lambda *_: stopping.set())

        def client(keeps):
            count, connection = 0, None
            while not stopping.is_set():
                try:
                    if connection is None:
                        connection = http.client.HTTPSConnection(
                            "127.0.0.1", port, timeout=20, context=context)
                    connection.request("GET", "/load")
                    response = connection.getresponse()
                    body = response.read()
                    if response.status != 200 or body != b"GET /load\\n":
                        failures.append(f"{response.status} {body}")
                    count += 1
                    if not keeps or response.getheader("Connection") == "close":
                        connection.close()
                        connection = None
                except Exception as error:
                    failures.append(f"{'kept' if keeps else 'new'}: {error!r}")
                    connection = None
                time.sleep(0.003)
            counts.append(count)

        threads = [threading.Thread(target=client, args=(i % 2 == 0,)) for i in range(6)]
        for thread in threads: thread.start()
        while not stopping.is_set(): stopping.wait(0.1)
        for thread in threads: thread.join()
        print(f"failures {len(failures)} of {sum(counts)}", failures[:5])
        """
}
