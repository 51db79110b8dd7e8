import Foundation
import Testing

/// `pingora-lb -t` looks at certificates, and says what is wrong with the file, the reason and the
/// line.
@Suite("Certificates that are checked")
struct TLSCheckTests {
    private let certificates: CertificateDirectory
    private let good: CertificateDirectory.Files

    init() throws {
        certificates = try CertificateDirectory()
        good = try certificates.make("good", for: "DNS:one.test,DNS:*.two.test")
    }

    private func check(_ text: String) throws -> (output: String, exit: ChildProcess.Exit?) {
        let directory = try TemporaryDirectory()
        let path = try directory.write("lb.yaml", text)
        let process = try ChildProcess(
            RunningProxy.executable, ["-t", "-c", path], in: directory)
        let exit = process.waitForExit()
        return ((process.output + process.errors).replacing(directory.path + "/", with: ""), exit)
    }

    private func listener(_ certificate: String, _ key: String, _ more: String = "") -> String {
        """
        listeners:
          - address: 127.0.0.1:0
            tls:
              certificates:
                - chain: \(certificate)
                  key: \(key)
                  \(more)
        upstreams: { app: { servers: [127.0.0.1:1] } }

        """
    }

    @Test("are well where all fits")
    func well() throws {
        let (output, exit) = try check(
            listener(good.certificate, good.key, "names: [one.test, a.two.test, '*.two.test']"))
        #expect(exit == .code(0), "\(output)")
        #expect(output.contains("listen    127.0.0.1:0  TLS\n"))
    }

    @Test("a key of another certificate is found")
    func wrongKey() throws {
        let other = try certificates.make("other", for: "DNS:other.test")
        try expect(
            listener(good.certificate, other.key),
            "lb.yaml:6:16: listeners[0].tls.certificates[0].key: \(other.key): not the key of the "
                + "certificate in \(good.certificate)")
    }

    @Test("a chain out of order is found")
    func order() throws {
        let authority = try String(contentsOfFile: certificates.authority, encoding: .utf8)
        let leaf = try String(contentsOfFile: good.certificate, encoding: .utf8)
        let other = try certificates.make("other", for: "DNS:other.test")
        let stranger = try String(contentsOfFile: other.certificate, encoding: .utf8)
        let right = try certificates.write("right.pem", leaf + authority)
        let (output, exit) = try check(listener(right, good.key))
        #expect(exit == .code(0), "\(output)")
        let wrong = try certificates.write("wrong.pem", leaf + stranger + authority)
        try expect(
            listener(wrong, good.key),
            "lb.yaml:5:18: listeners[0].tls.certificates[0].chain: \(wrong): certificate 2 did not "
                + "sign certificate 1: each must be followed by its issuer's")
    }

    @Test("a file that is missing, empty, or something else is found, each at its place")
    func unreadable() throws {
        let empty = try certificates.write("empty.pem", "")
        let noCertificate = try certificates.write(
            "no-certificate.pem", String(contentsOfFile: good.key, encoding: .utf8))
        for (chain, key, place) in [
            ("/nowhere/c.pem", good.key, "lb.yaml:5:18: "), (empty, good.key, "lb.yaml:5:18: "),
            (noCertificate, good.key, "lb.yaml:5:18: "),
            (good.certificate, empty, "lb.yaml:6:16: "),
            (good.certificate, "/nowhere/k.pem", "lb.yaml:6:16: "),
            ("/tmp", good.key, "lb.yaml:5:18: "),
        ] {
            let (output, exit) = try check(listener(chain, key))
            #expect(exit == .code(1))
            #expect(output.hasPrefix(place), "\(output)")
            #expect(output.hasSuffix("lb.yaml: 1 problem\n"), "\(output)")
        }
    }

    @Test("what has expired, and what is not valid yet, is found")
    func dates() throws {
        for (time, reason) in [
            (CertificateDirectory.Time.past, "certificate 1 expired on 2020-02-01 00:00:00 UTC"),
            (.future, "certificate 1 is not valid before 2040-01-01 00:00:00 UTC"),
        ] {
            let files = try certificates.make("old", for: "DNS:old.test", good: time)
            try expect(
                listener(files.certificate, files.key),
                "lb.yaml:5:18: listeners[0].tls.certificates[0].chain: \(files.certificate): "
                    + reason)
        }
    }

    @Test("a name and a wildcard that the certificate is not for are found")
    func names() throws {
        for (name, shown) in [
            ("three.test", "three.test"), ("'*.one.test'", "*.one.test"),
            ("a.b.two.test", "a.b.two.test"), ("two.test", "two.test"),
        ] {
            try expect(
                listener(good.certificate, good.key, "names: [one.test, \(name)]"),
                "lb.yaml:7:29: listeners[0].tls.certificates[0].names[1]: \(good.certificate): the "
                    + "certificate is not for \(shown), but for one.test, *.two.test")
        }
    }

    @Test("problems of all certificates, authorities and groups are found at once")
    func all() throws {
        let other = try certificates.make("other", for: "DNS:other.test")
        let (output, exit) = try check(
            """
            listeners:
              - address: 127.0.0.1:0
                tls: { certificate: \(good.certificate), key: \(other.key) }
              - address: 127.0.0.1:1
                tls:
                  certificates:
                    - { chain: /nowhere, key: \(good.key) }
                    - { chain: \(good.certificate), key: \(good.key), ocsp: \(good.key) }
              - address: 127.0.0.1:2
                tls:
                  certificate: \(good.certificate)
                  key: \(good.key)
                  client_certificates: required
                  client_ca: \(good.key)
            upstreams:
              app:
                servers: [127.0.0.1:1]
                tls: { server_name: a.b, ca: /nowhere/ca.pem }
              api:
                servers: [127.0.0.1:1]
                tls:
                  server_name: a.b
                  certificate: \(good.certificate)
                  key: \(other.key)
            routes: [{ upstream: app }]

            """)
        #expect(exit == .code(1))
        let lines = output.split(separator: "\n").map { $0.prefix { $0 != " " } }
        #expect(
            lines.dropLast().map { $0.split(separator: ":")[1] } == [
                "3", "7", "8", "14", "18", "24",
            ])
        #expect(output.hasSuffix("lb.yaml: 6 problems\n"), "\(output)")
    }

    @Test("no key log is opened by a check, nor anything else written")
    func writesNothing() throws {
        let path = certificates.path + "/secrets"
        let (output, exit) = try check(
            """
            listeners:
              - address: 127.0.0.1:0
                tls: { certificate: \(good.certificate), key: \(good.key), key_log: \(path) }
            upstreams:
              app: { servers: [127.0.0.1:1], tls: { server_name: a.b, key_log: \(path) } }

            """)
        #expect(exit == .code(0), "\(output)")
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test("the snippets of docs/TLS.md are well")
    func page() throws {
        let root = (0..<4).reduce(URL(filePath: #filePath)) { url, _ in
            url.deletingLastPathComponent()
        }
        let page = try String(contentsOf: root.appending(path: "docs/TLS.md"), encoding: .utf8)
        let snippets = page.components(separatedBy: "```yaml\n").dropFirst().map {
            $0.components(separatedBy: "```")[0]
        }
        #expect(snippets.count == 4)
        for (name, names) in [
            ("example.com", "DNS:example.com"), ("wildcard", "DNS:*.example.org"),
            ("client", "DNS:client.test"),
        ] {
            _ = try certificates.make(name, for: names)
        }
        let authority = try String(contentsOfFile: certificates.authority, encoding: .utf8)
        for name in ["clients.pem", "internal-ca.pem"] {
            _ = try certificates.write(name, authority)
        }
        for snippet in snippets {
            let (output, exit) = try check(
                snippet.replacing("/etc/pingora", with: certificates.path))
            #expect(exit == .code(0), "\(output)\n\(snippet)")
        }
    }

    private func expect(
        _ text: String, _ line: String, at location: SourceLocation = #_sourceLocation
    ) throws {
        let (output, exit) = try check(text)
        #expect(exit == .code(1), sourceLocation: location)
        #expect(output == "\(line)\nlb.yaml: 1 problem\n", sourceLocation: location)
    }
}
