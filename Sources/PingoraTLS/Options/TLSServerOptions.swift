/// How a listener speaks TLS. A value: ``TLSServerContext`` reads the files.
public struct TLSServerOptions: Hashable, Sendable {
    /// What it may show to clients; the first is for those that name no host, or an unknown one.
    public var certificates: [TLSCertificateFiles]
    /// Versions and ciphers.
    public var profile = TLSProfile.intermediate
    /// What ALPN may choose, the preferred first. A client that offers protocols and none of these
    /// is refused (RFC 7301 section 3.2); empty: ALPN is not answered.
    public var protocols = ["http/1.1"]
    /// Whether clients show a certificate.
    public var clientCertificates = ClientCertificates.none
    /// Session tickets per full handshake, 0 for no resumption. Two, as OpenSSL and nginx give: a
    /// browser opens more than one connection.
    public var ticketCount = 2
    /// Handshakes at once; beyond it a connection is closed. Each may hold some 40 KiB.
    public var maximumHandshakes = 4096
    /// A file to which the secrets of all connections are written, for Wireshark. Whoever reads it
    /// reads all traffic.
    public var keyLogFile: String?
    /// Whether the kernel encrypts where it can (kTLS).
    public var usesKernel = false

    /// A listener that shows `certificates`, which must not be empty.
    public init(certificates: [TLSCertificateFiles]) {
        self.certificates = certificates
    }

    /// Whether clients show a certificate.
    public enum ClientCertificates: Hashable, Sendable {
        case none
        /// A client may show one. One that the authorities have not signed is refused.
        case optional(authorities: String, depth: Int = 3)
        /// A client must show one that the authorities have signed.
        ///
        /// - `authorities`: the path of their certificates (PEM); they are named to clients.
        /// - `depth`: certificates between the client's and an authority's, at most.
        case required(authorities: String, depth: Int = 3)
    }
}

/// A certificate with what belongs to it, as paths of PEM files.
public struct TLSCertificateFiles: Hashable, Sendable {
    /// The certificate, and behind it those that lead to the authority, each signed by the next.
    public var chain: String
    /// The private key, not encrypted.
    public var key: String
    /// The host names it is for: `example.com`, or `*.example.com` for one more label. Empty: those
    /// that stand in the certificate.
    public var names: [String]
    /// An OCSP response (DER) to staple.
    public var ocspResponse: String?
    /// What stands in the place of both files: a certificate that is in memory alone.
    package var contents: PEMContents?

    /// A certificate with its key.
    public init(chain: String, key: String, names: [String] = [], ocspResponse: String? = nil) {
        self.chain = chain
        self.key = key
        self.names = names
        self.ocspResponse = ocspResponse
    }
}

/// A certificate and its key as PEM, which no file holds. It is never printed.
package struct PEMContents: Hashable, Sendable, CustomStringConvertible {
    let chain: [UInt8]
    let key: [UInt8]

    package var description: String { "in memory" }
}
