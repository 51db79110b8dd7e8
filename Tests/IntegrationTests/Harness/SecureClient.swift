import Foundation

/// A kept-alive TLS client: `openssl s_client`, which passes on what it is told.
final class SecureClient {
    private let input: FileHandle
    private let output: FileHandle
    private let process = Process()
    private var received = ""

    /// Connects to a port of 127.0.0.1 as a client of `one.test`.
    init(port: UInt16, _ certificates: CertificateDirectory) throws {
        let (inward, outward) = (Pipe(), Pipe())
        process.executableURL = URL(filePath: "/usr/bin/openssl")
        process.arguments = [
            "s_client", "-quiet", "-no_ign_eof", "-connect", "127.0.0.1:\(port)", "-servername",
            "one.test",
            "-CAfile", certificates.authority, "-verify_return_error",
        ]
        process.standardInput = inward
        process.standardOutput = outward
        process.standardError = FileHandle.nullDevice
        input = inward.fileHandleForWriting
        output = outward.fileHandleForReading
        try process.run()
    }

    deinit {
        if process.isRunning { process.terminate() }
    }

    /// One exchange; the head and the body of the answer, which ends with the line that echoes the
    /// request.
    func get(_ target: String, _ fields: String = "") throws -> String {
        let request = "GET \(target) HTTP/1.1\r\nHost: one.test\r\n\(fields)\r\n"
        try input.write(contentsOf: Data(request.utf8))
        received = ""
        let deadline = monotonicSeconds() + patienceSeconds
        while !received.hasSuffix("GET \(target)\n") {
            var entry = pollfd(fd: output.fileDescriptor, events: Int16(POLLIN), revents: 0)
            guard monotonicSeconds() < deadline, poll(&entry, 1, 1000) >= 0 else {
                throw HarnessError("no answer over TLS: \(received)")
            }
            guard entry.revents != 0 else { continue }
            let data = output.availableData
            guard !data.isEmpty else { throw HarnessError("the TLS connection ended: \(received)") }
            received += String(decoding: data, as: UTF8.self)
        }
        return received
    }
}

/// Sessions of TLS that `openssl` keeps in a file.
enum Session {
    /// Makes a session and stores it.
    static func make(
        port: UInt16, _ certificates: CertificateDirectory, into path: String, _ flags: String = ""
    ) throws {
        let text = try ask(port, certificates, "-sess_out \(path) \(flags)")
        guard text.contains("New, TLS"), FileManager.default.fileExists(atPath: path) else {
            throw HarnessError("no session: \(text)")
        }
    }

    /// Whether a session from a file resumes.
    static func resumes(
        port: UInt16, _ certificates: CertificateDirectory, from path: String, _ flags: String = ""
    ) throws -> Bool {
        try ask(port, certificates, "-sess_in \(path) \(flags)").contains("Reused, TLS")
    }

    /// With a request, so that tickets of TLS 1.3 have come before the end.
    private static func ask(
        _ port: UInt16, _ certificates: CertificateDirectory, _ flags: String
    ) throws -> String {
        try Shell.run(
            "printf 'GET / HTTP/1.1\\r\\nHost: one.test\\r\\nConnection: close\\r\\n\\r\\n' | "
                + "openssl s_client -ign_eof -connect 127.0.0.1:\(port) -servername one.test "
                + "-CAfile \(certificates.authority) \(flags)"
        ).output
    }
}
