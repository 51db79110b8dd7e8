/// How connections to a server speak TLS. A value: ``TLSClientContext`` reads the files.
///
/// Chain and host name are verified unless the options say otherwise.
public struct TLSClientOptions: Hashable, Sendable {
    /// Who is meant: sent as SNI, and what the certificate must name. An IP address is verified as
    /// such and not sent (RFC 6066 section 3). Nil: nothing is sent, and there must be an
    /// `alternativeName`, or no host name is to be verified.
    public var serverName: String?
    /// Another name that the certificate may have instead.
    public var alternativeName: String?
    /// Whether an authority must have signed the certificate. Off, the host name is not verified
    /// either: anybody can sign for any name.
    public var verifiesCertificate = true
    /// Whether the certificate must name the server.
    public var verifiesHostName = true
    /// The certificates of the authorities (PEM); nil: the system's.
    public var authorities: String?
    /// Certificates between the server's and an authority's, at most.
    public var depth = 9
    /// What is shown to a server that asks for a certificate.
    public var certificate: TLSCertificateFiles?
    /// The oldest version to speak.
    public var minimumVersion = TLSVersion.tls12
    /// What is offered by ALPN, the preferred first; empty: nothing.
    public var protocols: [String] = []
    /// Whether earlier sessions are resumed.
    public var resumesSessions = true
    /// A file to which the secrets of all connections are written, for Wireshark.
    public var keyLogFile: String?
    /// Whether the kernel encrypts where it can (kTLS).
    public var usesKernel = false

    /// Connections to a server called `serverName`.
    public init(serverName: String?) {
        self.serverName = serverName
    }
}

/// A version of TLS that is still in use (RFC 8996).
public enum TLSVersion: String, Hashable, Sendable, CaseIterable {
    case tls12 = "1.2"
    case tls13 = "1.3"

    /// `x` in TLS 1.x.
    var minor: CInt {
        switch self {
        case .tls12: 2
        case .tls13: 3
        }
    }
}
