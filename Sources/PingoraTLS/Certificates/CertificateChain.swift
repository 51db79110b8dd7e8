import COpenSSL
import PingoraCore

/// A certificate with its key and chain, all of it checked.
struct CertificateChain: ~Copyable {
    let files: TLSCertificateFiles
    /// What is shown, the server's own first.
    let certificates: [Certificate]
    let key: PrivateKey
    /// The host names it is chosen for, in lower case.
    let names: [String]

    /// Reads the files and checks all that can be found out before a client comes.
    ///
    /// - Throws: the first problem.
    init(
        _ files: TLSCertificateFiles, at seconds: Int = Int(WallClock.nanoseconds / 1_000_000_000)
    ) throws(TLSError) {
        self.files = files
        let certificates: [Certificate]
        let key: PrivateKey
        if let contents = files.contents {
            certificates = try PEMFile.certificates(in: contents.chain, of: files.chain)
            key = try PrivateKey(in: contents.key, of: files.key)
        } else {
            certificates = try PEMFile.certificates(files.chain)
            key = try PrivateKey(path: files.key)
        }
        let own = certificates[0]
        guard key.fits(own) else { throw .wrongKey(files.key, chain: files.chain) }
        for index in certificates.indices.dropFirst()
        where !certificates[index].issued(certificates[index - 1]) {
            throw .chainOutOfOrder(files.chain, position: index + 1)
        }
        for (index, certificate) in certificates.enumerated() {
            switch certificate.validity(at: seconds) {
            case .valid: continue
            case .expired(let date):
                throw .expired(files.chain, position: index + 1, date: date)
            case .notYetValid(let date):
                throw .notYetValid(files.chain, position: index + 1, date: date)
            }
        }
        let covered = own.names
        let names = try files.names.map { (name) throws(TLSError) in
            guard let name = HostName.normalized(name) else {
                throw .badName(name, reason: "not a host name")
            }
            guard covered.contains(where: { HostName.pattern($0, covers: name) }) else {
                throw .uncoveredName(name, path: files.chain, covered: covered)
            }
            return name
        }
        self.names = names.isEmpty ? covered : names
        self.certificates = certificates
        self.key = key
    }
}
