import TLSFixtures
import Testing

@testable import PingoraTLS

/// What curl and OpenSSL's own client think of our server.
@Suite("Foreign clients")
struct ForeignClientTests {
    private let folder: CertificateFolder
    private let server: GreetingServer

    init() throws {
        folder = try CertificateFolder()
        var files = try folder.files(for: "app.test")
        // The shortest there is: successful, and nothing else (RFC 6960 section 4.2.1).
        files.ocspResponse = try folder.write("staple", [0x30, 3, 0x0a, 1, 0])
        server = try GreetingServer(
            TLSServerContext(
                TLSServerOptions(certificates: [files]), ticketKeys: TicketKeys()))
    }

    private func curl(_ flags: String) throws -> String {
        try ShellCommand.output(
            "curl -sS --max-time 10 --noproxy '*' --cacert \(folder.authorityPath) "
                + "--resolve app.test:\(server.port):127.0.0.1 \(flags) "
                + "https://app.test:\(server.port)/")
    }

    private func openssl(_ flags: String, input: String = "") throws -> String {
        try ShellCommand.output(
            "printf '\(input)' | timeout 10 openssl s_client -connect 127.0.0.1:\(server.port) "
                + "-servername app.test -CAfile \(folder.authorityPath) \(flags)")
    }

    @Test("curl gets an answer with either version, and with no older one")
    func curl() throws {
        #expect(try curl("") == "TLSv1.3 http/1.1 app.test new\n")
        #expect(try curl("--tls-max 1.2") == "TLSv1.2 http/1.1 app.test new\n")
        #expect(try curl("--tlsv1.0 --tls-max 1.1 --ciphers DEFAULT@SECLEVEL=0").contains("alert"))
        #expect(try curl("--http2").hasPrefix("TLSv1.3 http/1.1"))
        #expect(try curl("--tls-max 1.2 --ciphers AES128-SHA").contains("alert"))
    }

    @Test("openssl resumes with a ticket of TLS 1.2, verifies, and sees the stapled response")
    func resume() throws {
        let output = try openssl("-tls1_2 -reconnect", input: "")
        #expect(output.contains("Reused, TLSv1.2"))
        #expect(output.contains("Verify return code: 0 (ok)"))
        #expect(try openssl("-status").contains("OCSP Response Status: successful"))
    }

    @Test("renegotiation is refused, and the connection serves on")
    func renegotiation() throws {
        let output = try openssl("-tls1_2", input: "R\\n")
        #expect(output.contains("no renegotiation"))
        #expect(try curl("") == "TLSv1.3 http/1.1 app.test new\n")
    }
}
