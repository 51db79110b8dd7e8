import PingoraCore

/// Backends as lines of text: `ADDRESS [weight=N] [backup]`. A `#` begins a comment. Pure.
enum BackendLines {
    /// The backends in `bytes`.
    ///
    /// - Throws: `DiscoveryError` with the number of the first line that is wrong.
    static func parse(_ bytes: [UInt8]) throws(DiscoveryError) -> [Backend] {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw DiscoveryError("expected UTF-8")
        }
        var found: [FoundBackend] = []
        var lines: [SocketAddress: Int] = [:]
        // By bytes, since CR and LF are one character together.
        let pieces = text.utf8.split(
            separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (index, piece) in pieces.enumerated() {
            guard let backend = try parse(Substring(piece), number: index + 1) else { continue }
            if let first = lines.updateValue(index + 1, forKey: backend.address) {
                throw DiscoveryError(
                    "line \(index + 1): \(backend.address) is in line \(first) already")
            }
            found.append(backend)
            guard found.count <= DiscoveryLimits.backends else {
                throw DiscoveryError(
                    "line \(index + 1): more than \(DiscoveryLimits.backends) backends")
            }
        }
        return found.map(\.backend)
    }

    private static func parse(
        _ line: Substring, number: Int
    ) throws(DiscoveryError) -> FoundBackend? {
        let code = line.prefix { $0 != "#" }
        let words = code.split { $0 == " " || $0 == "\t" || $0 == "\r" }
        guard let first = words.first else { return nil }
        guard let address = SocketAddress(String(first)) else {
            throw DiscoveryError(
                "line \(number): expected 1.1.1.1:443, [::1]:443 or unix:/path, "
                    + "got \(ShownExcerpt.of(String(first)))")
        }
        var backend = FoundBackend(address: address)
        for word in words.dropFirst() {
            if word == "backup" {
                backend.isBackup = true
            } else if word.hasPrefix("weight=") {
                backend.weight = try weight(word.dropFirst(7), number: number)
            } else {
                throw DiscoveryError(
                    "line \(number): expected weight=N or backup, "
                        + "got \(ShownExcerpt.of(String(word)))")
            }
        }
        return backend
    }

    private static func weight(_ text: Substring, number: Int) throws(DiscoveryError) -> Int {
        let isNumber = text.utf8.allSatisfy { 48...57 ~= $0 }
        guard isNumber, let weight = Int(text), DiscoveryLimits.weights.contains(weight) else {
            throw DiscoveryError(
                "line \(number): expected a weight from 0 to \(DiscoveryLimits.weights.upperBound)"
                    + ", got \(ShownExcerpt.of(String(text)))")
        }
        return weight
    }
}
