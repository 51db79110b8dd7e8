import Synchronization
import TLSFixtures

@testable import PingoraCore
@testable import PingoraProxy
@testable import PingoraTLS

/// Certificates for all parties, made for a test.
final class Credentials {
    private let folder: CertificateFolder
    /// What the proxy speaks on its secure listener.
    let proxy: TLSServerContext
    /// What the origin speaks.
    let origin: TLSServerContext
    /// What clients speak.
    let client: TLSClientContext

    init(options: (inout TLSServerOptions) -> Void = { _ in }) throws {
        folder = try CertificateFolder()
        var listener = TLSServerOptions(certificates: [try folder.files(for: "app.test")])
        options(&listener)
        proxy = try TLSServerContext(listener, ticketKeys: TicketKeys())
        origin = try TLSServerContext(
            TLSServerOptions(certificates: [try folder.files(for: "origin.test")]),
            ticketKeys: TicketKeys())
        client = try TLSClientContext(.trusting(folder, "app.test"))
    }

    var authorityPath: String { folder.authorityPath }

    /// What the proxy asks of the origin, with a change.
    func upstream(
        _ name: String = "origin.test", _ change: (inout TLSClientOptions) -> Void = { _ in }
    ) throws -> TLSClientContext {
        var options = TLSClientOptions.trusting(folder, name)
        change(&options)
        return try TLSClientContext(options)
    }

    /// A certificate to show, for `name`.
    func files(for name: String) throws -> TLSCertificateFiles { try folder.files(for: name) }

    /// An authority that has signed nothing.
    func stranger() throws -> String {
        let stranger = try TestIdentity(.init(commonName: "Stranger", isAuthority: true))
        return try folder.write("stranger.pem", stranger.certificateText)
    }

    /// A server for origin.test that shows what its clients must not accept.
    func origin(
        from: Int = -1, to: Int = 30, isSelfSigned: Bool = false
    ) throws -> TLSServerContext {
        let files = try folder.files(
            "bad", .init(commonName: "origin.test", names: "DNS:origin.test", from: from, to: to),
            isSelfSigned: isSelfSigned)
        // It began while the certificate was valid.
        let middle = Int(WallClock.nanoseconds / 1_000_000_000) + (from + to) / 2 * 86_400
        let context = try TLSServerContext(
            TLSServerOptions(certificates: [try folder.files(for: "origin.test")]),
            ticketKeys: TicketKeys())
        let material = context.material.withLock { $0 }
        try material.contexts[0].use(try CertificateChain(files, at: middle))
        return context
    }
}

extension HTTPPeer {
    /// A peer over TLS.
    init(_ address: SocketAddress, _ layer: any TransportLayer) {
        self.init(address)
        self.layer = layer
    }
}
