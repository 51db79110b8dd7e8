import Glibc
import Testing

/// Certificates that change while `pingora-lb` serves.
@Suite("Certificates that are renewed")
struct TLSReloadTests {
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
    }

    /// The serial number of the certificate that a new client gets.
    private func serial() throws -> String {
        try Shell.run(
            "openssl s_client -connect 127.0.0.1:\(service.port) -servername one.test </dev/null"
                + " 2>/dev/null | openssl x509 -noout -serial"
        ).output
    }

    private func serial(of files: CertificateDirectory.Files) throws -> String {
        try Shell.run("openssl x509 -noout -serial -in \(files.certificate)").output
    }

    @Test("are read when their files change, and connections stay")
    func change() throws {
        let process = try service.start()
        let client = try SecureClient(port: service.port, certificates)
        #expect(try client.get("/before").contains("GET /before"))
        let first = try serial()
        let files = try certificates.make("one", for: "DNS:one.test")
        let second = try serial(of: files)
        #expect(first != second)
        #expect(try eventually { try serial() == second })
        #expect(service.logs("event=certificates_reloaded"))
        #expect(try client.get("/after").contains("GET /after"))
        #expect(origin.requests.map(\.target) == ["/before", "/after"])
        withExtendedLifetime(process) {}
    }

    @Test("are read at SIGHUP, also where the file of the configuration is the same")
    func signal() throws {
        let process = try service.start()
        let client = try SecureClient(port: service.port, certificates)
        #expect(try client.get("/before").contains("GET /before"))
        let files = try certificates.make("one", for: "DNS:one.test")
        process.signal(SIGHUP)
        #expect(service.logs("event=reloaded"))
        #expect(try serial() == serial(of: files))
        #expect(try client.get("/after").contains("GET /after"))
    }

    @Test("that are wrong change nothing: the earlier one serves on, and the log says why")
    func wrong() throws {
        let process = try service.start()
        let good = try serial()
        let key = certificates.files("one").key
        let text = try Shell.run("cat \(key)").output
        _ = try certificates.write("one.key", "no key\n")
        #expect(service.logs("event=certificate_reload_failed"))
        #expect(service.errorLog.contains("no private key"))
        #expect(try serial() == good)
        process.signal(SIGHUP)
        #expect(service.logs("event=reload_failed"))
        #expect(service.lines(with: "event=reload_failed")[0].contains("tls.key: "))
        #expect(try serial() == good)
        _ = try certificates.write("one.key", text)
        #expect(service.logs("event=certificates_reloaded"))
        process.signal(SIGHUP)
        #expect(service.logs("event=reloaded"))
        #expect(try serial() == good)
    }

    @Test("sessions from before a reload resume after it")
    func sessions() throws {
        let process = try service.start()
        let session = certificates.path + "/session"
        try Session.make(port: service.port, certificates, into: session)
        process.signal(SIGHUP)
        #expect(service.logs("event=reloaded"))
        #expect(try Session.resumes(port: service.port, certificates, from: session))
    }

    @Test("a listener that becomes secure, and back, keeps its connections")
    func onAndOff() throws {
        let secure = service.settings["listeners"]
        service.settings["listeners"] = "[127.0.0.1:\(service.port)]"
        let process = try service.start()
        let plain = try service.connect()
        #expect(try plain.get("/a").status == 200)
        service.settings["listeners"] = secure
        try service.writeConfiguration()
        process.signal(SIGHUP)
        #expect(service.logs("event=reloaded"))
        let client = try SecureClient(port: service.port, certificates)
        #expect(try client.get("/b").contains("GET /b"))
        #expect(try plain.get("/c").status == 200)
        service.settings["listeners"] = "[127.0.0.1:\(service.port)]"
        try service.writeConfiguration()
        process.signal(SIGHUP)
        #expect(service.logs("event=reloaded", times: 2))
        #expect(try service.get("/d").status == 200)
        #expect(try client.get("/e").contains("GET /e"))
        #expect(origin.requests.map(\.target) == ["/a", "/b", "/c", "/d", "/e"])
    }
}
