import Glibc
import PingoraTLS

/// Files for a test, in a folder that goes with it.
package final class CertificateFolder {
    package let path: String
    /// Signs the rest.
    package let authority: TestIdentity
    private var files: [String] = []

    package init() throws {
        var template = Array("/tmp/pingora-tls.XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw FixtureError("no folder") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        authority = try TestIdentity(.init(commonName: "Test authority", isAuthority: true))
        _ = try write("authority.pem", authority.certificateText)
    }

    deinit {
        for file in files { unlink("\(path)/\(file)") }
        rmdir(path)
    }

    package var authorityPath: String { "\(path)/authority.pem" }

    /// Writes a file anew; returns its path.
    package func write(_ name: String, _ text: String) throws -> String {
        try write(name, Array(text.utf8))
    }

    package func write(_ name: String, _ bytes: [UInt8]) throws -> String {
        let file = fopen("\(path)/\(name)", "w")
        guard let file else { throw FixtureError("no file \(name)") }
        fwrite(bytes, 1, bytes.count, file)
        fclose(file)
        if !files.contains(name) { files.append(name) }
        return "\(path)/\(name)"
    }

    /// The files of a certificate signed by the authority, or by itself.
    package func files(
        _ name: String, _ request: TestIdentity.Request, isSelfSigned: Bool = false
    ) throws -> TLSCertificateFiles {
        let identity = try TestIdentity(request, issuer: isSelfSigned ? nil : authority)
        return TLSCertificateFiles(
            chain: try write("\(name).pem", identity.certificateText),
            key: try write("\(name).key", identity.keyText))
    }

    /// The files of a certificate for `name`.
    package func files(for name: String) throws -> TLSCertificateFiles {
        try files(name, .init(commonName: name, names: "DNS:\(name)"))
    }
}

extension TLSClientOptions {
    /// Options for a server called `name` whose certificate the folder's authority signed.
    package static func trusting(_ folder: CertificateFolder, _ name: String?) -> TLSClientOptions {
        var options = TLSClientOptions(serverName: name)
        options.authorities = folder.authorityPath
        return options
    }
}
