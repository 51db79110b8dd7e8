import TLSFixtures
import Testing

@testable import PingoraTLS

/// What `-t` must find, in files that exist.
@Suite("CertificateChain")
struct CertificateChainTests {
    private let folder: CertificateFolder

    init() throws { folder = try CertificateFolder() }

    private func problem(_ files: TLSCertificateFiles) -> String {
        do {
            _ = try TLSServerContext(
                TLSServerOptions(certificates: [files]), ticketKeys: TicketKeys())
            return "none"
        } catch {
            return "\(error)".replacing(folder.path + "/", with: "")
        }
    }

    @Test("takes a certificate with its key, and its issuer behind it")
    func good() throws {
        let identity = try TestIdentity(
            .init(names: "DNS:a.test,DNS:*.b.test"), issuer: folder.authority)
        let chain = try folder.write(
            "chain.pem", identity.certificateText + folder.authority.certificateText)
        let key = try folder.write("chain.key", identity.keyText)
        #expect(problem(TLSCertificateFiles(chain: chain, key: key)) == "none")
        let read = try CertificateChain(TLSCertificateFiles(chain: chain, key: key))
        #expect(read.names == ["a.test", "*.b.test"])
        let named = TLSCertificateFiles(chain: chain, key: key, names: ["C.b.test", "*.b.test."])
        #expect(try CertificateChain(named).names == ["c.b.test", "*.b.test"])
    }

    @Test("tells a key that does not fit")
    func wrongKey() throws {
        var files = try folder.files(for: "a.test")
        files.key = try folder.files(for: "b.test").key
        #expect(problem(files) == "b.test.key: not the key of the certificate in a.test.pem")
    }

    @Test("tells a chain out of order")
    func order() throws {
        let identity = try TestIdentity(.init(names: "DNS:a.test"), issuer: folder.authority)
        let other = try TestIdentity(.init(commonName: "Other", isAuthority: true))
        let chain = try folder.write(
            "chain.pem",
            identity.certificateText + folder.authority.certificateText + other.certificateText)
        let key = try folder.write("chain.key", identity.keyText)
        #expect(
            problem(TLSCertificateFiles(chain: chain, key: key)).hasPrefix(
                "chain.pem: certificate 3 did not sign certificate 2"))
    }

    @Test("tells what has expired and what is not valid yet, with its place")
    func validity() throws {
        let old = try folder.files("old", .init(names: "DNS:a.test", from: -9, to: -2))
        #expect(problem(old).hasPrefix("old.pem: certificate 1 expired on 20"))
        #expect(problem(old).hasSuffix(" UTC"))
        let young = try folder.files("young", .init(names: "DNS:a.test", from: 2, to: 9))
        #expect(problem(young).hasPrefix("young.pem: certificate 1 is not valid before 20"))
    }

    @Test("tells a name that the certificate is not for", arguments: ["c.test", "*.a.test"])
    func uncovered(name: String) throws {
        var files = try folder.files("a", .init(names: "DNS:a.test,DNS:*.b.test"))
        files.names = ["a.test", name]
        #expect(
            problem(files) == "a.pem: the certificate is not for \(name), but for a.test, *.b.test")
    }

    @Test("tells files that hold something else")
    func contents() throws {
        let files = try folder.files(for: "a.test")
        let text = try folder.write("text", "no PEM here\n")
        let empty = try folder.write("empty", "")
        let broken = try folder.write(
            "broken",
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
        let identity = try TestIdentity(.init(names: "DNS:a.test"), issuer: folder.authority)
        let encrypted = try folder.write("encrypted", identity.encryptedKeyText)
        func with(chain: String) -> String { problem(.init(chain: chain, key: files.key)) }
        func with(key: String) -> String { problem(.init(chain: files.chain, key: key)) }
        #expect(with(chain: text) == "text: no certificate (PEM)")
        #expect(with(chain: empty).hasPrefix("empty: "))
        #expect(with(chain: broken).hasPrefix("broken: certificate 1: "))
        #expect(
            with(chain: folder.path + "/none")
                == "none: open: no such file or directory (ENOENT)")
        #expect(with(chain: folder.path).hasSuffix(": not a regular file"))
        #expect(with(key: text) == "text: no private key (PEM)")
        #expect(
            with(key: encrypted)
                == "encrypted: the private key is encrypted: store it without a password")
        var stapled = files
        stapled.ocspResponse = text
        #expect(problem(stapled) == "text: no OCSP response (DER)")
    }

    @Test("tells authorities that are none, and options that can't be")
    func options() throws {
        let files = try folder.files(for: "a.test")
        let text = try folder.write("text", "no PEM here\n")
        var options = TLSServerOptions(certificates: [files])
        options.clientCertificates = .required(authorities: text)
        #expect(throws: TLSError.file(text, reason: "no certificate (PEM)")) {
            try TLSServerContext(options, ticketKeys: TicketKeys())
        }
        #expect(throws: TLSError.noCertificate) {
            try TLSServerContext(TLSServerOptions(certificates: []), ticketKeys: TicketKeys())
        }
        options = TLSServerOptions(certificates: [files])
        options.protocols = [""]
        #expect(throws: TLSError.self) {
            try TLSServerContext(options, ticketKeys: TicketKeys())
        }
    }

    @Test("keeps what it has when a reload fails, and takes what is better")
    func reload() throws {
        let files = try folder.files(for: "a.test")
        let context = try TLSServerContext(
            TLSServerOptions(certificates: [files]), ticketKeys: TicketKeys())
        let client = try TLSClientContext(.trusting(folder, "b.test"))
        let key = try folder.write("a.test.key", "broken")
        #expect(throws: TLSError.file(key, reason: "no private key (PEM)")) {
            try context.reload()
        }
        try withLoop { loop in
            let pair = try TLSPair(on: loop)
            let first = try TLSClientContext(.trusting(folder, "a.test"))
            #expect(pair.shakeHands(context, first))
            // The old one goes on while a new one serves.
            let other = try folder.files(for: "b.test")
            #expect(other.chain != files.chain)
            let identity = try TestIdentity(.init(names: "DNS:b.test"), issuer: folder.authority)
            _ = try folder.write("a.test.pem", identity.certificateText)
            _ = try folder.write("a.test.key", identity.keyText)
            try context.reload()
            let second = try TLSPair(on: loop)
            #expect(second.shakeHands(context, client))
            #expect(pair.carry([1, 2, 3], from: pair.client, to: pair.server) == [1, 2, 3])
            pair.close()
            second.close()
        }
    }
}
