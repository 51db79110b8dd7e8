import PingoraConfig
import PingoraCore
import PingoraHTTP

/// How a client gets back to its server.
extension ConfigurationReader {
    /// A browser keeps a cookie for at most 400 days.
    private static let age = Duration.seconds(1)...Duration.seconds(400 * 86_400)
    /// As many bytes as the digest has make the best secret; half of them can't be guessed either.
    private static let secretBytes = 16...4096

    func readSticky(
        _ section: inout ConfigurationSection, into upstream: inout GatewayConfiguration.Upstream
    ) {
        let (cookie, file) = (section["cookie"], section["secret_file"])
        let age = section["max_age"]?.duration(in: Self.age).map { TimeLimit($0) }
        let isSecure = section["secure"]?.boolean() ?? false
        if file == nil {
            section.reportMissing(
                "secret_file", "missing: expected the path of a file with 16 bytes or more")
        }
        let name = cookie.map { $0.cookieName() } ?? "pingora_server"
        guard let name, let file, let path = file.text("a path") else { return }
        guard let secret = finds ? secret(in: path, file) : [] else { return }
        var sticky = GatewayConfiguration.Sticky(cookie: name, secretFile: path, secret: secret)
        (sticky.maximumAge, sticky.isSecure) = (age, isSecure)
        upstream.sticky = sticky
    }

    private func secret(in path: String, _ value: ConfigurationValue) -> [UInt8]? {
        let bytes: [UInt8]
        do {
            bytes = try BoundedFile.read(path, limit: Self.secretBytes.upperBound)
        } catch {
            value.report("\(error)")
            return nil
        }
        guard bytes.count >= Self.secretBytes.lowerBound else {
            value.report("has \(bytes.count) bytes: expected 16 or more that nobody can guess")
            return nil
        }
        return bytes
    }
}

extension ConfigurationValue {
    /// A token (RFC 6265 §4.1.1).
    fileprivate func cookieName() -> String? {
        let expected = "the name of a cookie: letters, digits, '-' and '_'"
        guard let text = text(expected) else { return nil }
        let isName = text.utf8.allSatisfy { byte in
            48...57 ~= byte || 97...122 ~= byte || 65...90 ~= byte || [0x2d, 0x5f].contains(byte)
        }
        guard isName, text.utf8.count <= 64 else {
            reportExpected(expected)
            return nil
        }
        return text
    }
}
