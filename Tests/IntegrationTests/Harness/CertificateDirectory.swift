import Foundation

/// Certificates for one test, made by `openssl`: an authority, and what it signs.
final class CertificateDirectory {
    /// When a certificate is good.
    enum Time {
        case now
        case past
        case future

        /// As `openssl ca` wants it; nothing for a month from now.
        fileprivate var flags: String {
            switch self {
            case .now: "-days 30"
            case .past: "-startdate 20200101000000Z -enddate 20200201000000Z"
            case .future: "-startdate 20400101000000Z -enddate 20400201000000Z"
            }
        }
    }

    /// A certificate with its key, as paths.
    struct Files {
        let certificate: String
        let key: String
    }

    private let directory: TemporaryDirectory
    var path: String { directory.path }
    /// The certificate of the authority.
    var authority: String { "\(path)/ca.pem" }

    /// An authority.
    init() throws {
        directory = try TemporaryDirectory()
        _ = try directory.write("index.txt", "")
        _ = try directory.write(
            "ca.cnf",
            """
            [ca]
            default_ca = all
            [all]
            database = index.txt
            new_certs_dir = .
            default_md = sha256
            policy = names
            unique_subject = no
            copy_extensions = copy
            rand_serial = yes
            [names]
            commonName = supplied

            """)
        try shell(
            "openssl req -x509 \(Self.newKey) -keyout ca.key -out ca.pem "
                + "-subj '/CN=Test authority' "
                + "-days 30 -addext basicConstraints=critical,CA:TRUE")
    }

    private static let newKey = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"

    /// A certificate of the authority's for `names`: `DNS:one.test,IP:127.0.0.1`. A second one of
    /// the same name replaces the files of the first.
    func make(_ name: String, for names: String, good time: Time = .now) throws -> Files {
        try shell(
            """
            openssl req \(Self.newKey) -keyout \(name).newkey -out \(name).csr -subj '/CN=\(name)' \
            -addext subjectAltName=\(names) &&
            openssl ca -batch -notext -config ca.cnf -cert ca.pem -keyfile ca.key \
            -in \(name).csr -out \(name).new \(time.flags) &&
            mv \(name).newkey \(name).key && mv \(name).new \(name).pem
            """)
        return files(name)
    }

    /// A certificate that signs itself.
    func makeSelfSigned(_ name: String, for names: String) throws -> Files {
        try shell(
            "openssl req -x509 \(Self.newKey) -keyout \(name).key -out \(name).pem "
                + "-subj '/CN=\(name)' -addext subjectAltName=\(names) -days 30")
        return files(name)
    }

    func files(_ name: String) -> Files {
        Files(certificate: "\(path)/\(name).pem", key: "\(path)/\(name).key")
    }

    func write(_ name: String, _ text: String) throws -> String {
        try directory.write(name, text)
    }

    /// Runs commands in the directory, which must succeed.
    private func shell(_ commands: String) throws {
        let (output, status) = try Shell.run("cd \(path) && { \(commands)\n}")
        guard status == 0 else { throw HarnessError("openssl: \(output)") }
    }
}

/// Commands of the system.
enum Shell {
    /// Runs `commands` for 30 seconds at most.
    ///
    /// - Returns: what they wrote, standard error included, and their status.
    static func run(_ commands: String) throws -> (output: String, status: CInt) {
        let directory = try TemporaryDirectory()
        let process = try ChildProcess(
            "/bin/sh", ["-c", "exec 2>&1; timeout 30 sh -c \"$0\"", commands], in: directory)
        guard case .code(let status)? = process.waitForExit() else {
            throw HarnessError("does not end: \(commands)")
        }
        return (process.output, status)
    }

    /// What curl writes, or says went wrong.
    static func curl(_ flags: String) throws -> String {
        try run("curl -sS --max-time 15 --noproxy '*' \(flags)").output
    }
}
