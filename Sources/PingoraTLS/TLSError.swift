/// What is wrong with the files and options of TLS: found when a context is made, so that `-t`
/// finds it.
///
/// No case carries anything secret.
public enum TLSError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file can't be read, or holds something else.
    case file(_ path: String, reason: String)
    /// The key belongs to another certificate.
    case wrongKey(_ key: String, chain: String)
    /// The certificate at `position`, from 1, did not sign the one before it.
    case chainOutOfOrder(_ path: String, position: Int)
    /// The certificate at `position` was valid until `date` (UTC).
    case expired(_ path: String, position: Int, date: String)
    /// The certificate at `position` will be valid from `date` (UTC).
    case notYetValid(_ path: String, position: Int, date: String)
    /// The certificate does not name what it is configured for; these it names.
    case uncoveredName(_ name: String, path: String, covered: [String])
    /// No certificate is configured.
    case noCertificate
    /// The host name is to be verified, and there is none.
    case noServerName
    /// A name that can't be one.
    case badName(_ name: String, reason: String)
    /// Ticket keys from elsewhere that are none.
    case badTicketKeys
    /// OpenSSL refused something else.
    case library(_ what: String, reason: String)

    /// What happened, with the file.
    public var description: String {
        switch self {
        case .file(let path, let reason): "\(path): \(reason)"
        case .wrongKey(let key, let chain): "\(key): not the key of the certificate in \(chain)"
        case .chainOutOfOrder(let path, let position):
            "\(path): certificate \(position) did not sign certificate \(position - 1): "
                + "each must be followed by its issuer's"
        case .expired(let path, let position, let date):
            "\(path): certificate \(position) expired on \(date)"
        case .notYetValid(let path, let position, let date):
            "\(path): certificate \(position) is not valid before \(date)"
        case .uncoveredName(let name, let path, let covered):
            "\(path): the certificate is not for \(name), but for "
                + (covered.isEmpty ? "no name" : covered.joined(separator: ", "))
        case .noCertificate: "TLS needs a certificate"
        case .noServerName:
            "no server name to verify: give one, or turn the verification of host names off"
        case .badName(let name, let reason): "server name \(name): \(reason)"
        case .badTicketKeys: "not a set of ticket keys of this version"
        case .library(let what, let reason): "\(what): \(reason)"
        }
    }
}
