import Synchronization
import TLSFixtures
import Testing

@testable import PingoraCore
@testable import PingoraTLS

/// Which servers a client believes, and what it says of the others.
@Suite("Verification")
struct VerificationTests {
    /// One handshake: what the server shows, what the client asks for, and what comes of it.
    struct Row: CustomTestStringConvertible, Sendable {
        var title: String
        var names = "DNS:app.test,DNS:*.wild.test,IP:127.0.0.1"
        var from = -1
        var to = 30
        var isSelfSigned = false
        var isTrusted = true
        var serverName: String? = "app.test"
        var alternativeName: String?
        var verifiesCertificate = true
        var verifiesHostName = true
        /// Nil: accepted.
        var refusal: String?
        var testDescription: String { title }
    }

    static let rows = [
        Row(title: "the name of the certificate"),
        Row(title: "a wildcard", serverName: "a.wild.test"),
        Row(title: "an address", serverName: "127.0.0.1"),
        Row(title: "another address", serverName: "127.0.0.2", refusal: "wrong host name"),
        Row(title: "another name", serverName: "other.test", refusal: "wrong host name"),
        Row(title: "two labels for *", serverName: "a.b.wild.test", refusal: "wrong host name"),
        // B11 to B13 of PINGORA.md.
        Row(title: "an underscore for *", serverName: "a_b.wild.test"),
        Row(
            title: "an underscore later", serverName: "a.b_c.test", refusal: "wrong host name"),
        Row(title: "an alternative", serverName: "other.test", alternativeName: "app.test"),
        Row(
            title: "an alternative with an underscore", serverName: "other.test",
            alternativeName: "a_b.wild.test"),
        Row(
            title: "a bad alternative", serverName: "other.test", alternativeName: "a.b_c.test",
            refusal: "wrong host name"),
        Row(title: "no name, only an alternative", serverName: nil, alternativeName: "app.test"),
        Row(title: "no name to verify", serverName: nil, verifiesHostName: false),
        Row(
            title: "nothing to verify", isTrusted: false, serverName: nil,
            verifiesCertificate: false),
        Row(title: "any name", serverName: "other.test", verifiesHostName: false),
        Row(
            title: "any certificate", isSelfSigned: true, serverName: "other.test",
            verifiesCertificate: false),
        Row(
            title: "an unknown authority", isTrusted: false,
            refusal: "signed by an unknown authority"),
        Row(title: "itself for authority", isSelfSigned: true, refusal: "self-signed"),
    ]

    @Test("accepts and refuses", arguments: rows)
    func verify(row: Row) throws {
        let folder = try CertificateFolder()
        let files = try folder.files(
            "server", .init(names: row.names, from: row.from, to: row.to),
            isSelfSigned: row.isSelfSigned)
        let server = try TLSServerContext(
            TLSServerOptions(certificates: [files]), ticketKeys: TicketKeys())
        try expect(row, of: server, folder)
    }

    @Test("tells an expired certificate and one to come", arguments: [(-9, -2), (2, 9)])
    func dates(from: Int, to: Int) throws {
        let folder = try CertificateFolder()
        let files = try folder.files("server", .init(names: "DNS:app.test", from: from, to: to))
        // Our own server would not start with it now, but it did while the certificate was valid.
        let middle = Int(WallClock.nanoseconds / 1_000_000_000) + (from + to) / 2 * 86_400
        let good = try folder.files(for: "app.test")
        let server = try TLSServerContext(
            TLSServerOptions(certificates: [good]), ticketKeys: TicketKeys())
        try server.show(try CertificateChain(files, at: middle))
        let row = Row(title: "", refusal: to < 0 ? "expired" : "not yet valid")
        try expect(row, of: server, folder)
    }

    private func expect(
        _ row: Row, of server: TLSServerContext, _ folder: CertificateFolder
    ) throws {
        var options = TLSClientOptions(serverName: row.serverName)
        let stranger = try TestIdentity(.init(commonName: "Stranger", isAuthority: true))
        options.authorities =
            row.isTrusted
            ? folder.authorityPath : try folder.write("stranger.pem", stranger.certificateText)
        options.alternativeName = row.alternativeName
        options.verifiesCertificate = row.verifiesCertificate
        options.verifiesHostName = row.verifiesHostName
        let client = try TLSClientContext(options)
        try withLoop { loop in
            let pair = try TLSPair(on: loop)
            let isAccepted = pair.shakeHands(server, client)
            #expect(isAccepted == (row.refusal == nil))
            if let refusal = row.refusal {
                #expect(pair.clientError == .untrusted(refusal))
            } else {
                #expect(pair.carry([7], from: pair.client, to: pair.server) == [7])
            }
            pair.close()
        }
    }
}

extension TLSServerContext {
    /// Shows `chain` from now on, as the first of its certificates.
    func show(_ chain: borrowing CertificateChain) throws {
        let material = self.material.withLock { $0 }
        try material.contexts[0].use(chain)
    }
}
