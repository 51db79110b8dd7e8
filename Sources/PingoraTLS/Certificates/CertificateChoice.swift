/// Which of a listener's certificates a client gets, by the name it asks for (SNI).
struct CertificateChoice: Sendable {
    private var indices: [String: Int] = [:]

    /// The names of every certificate, in the order of the configuration: the first that names a
    /// host wins.
    init(names: [[String]]) {
        for (index, names) in names.enumerated() {
            for name in names where indices[name] == nil { indices[name] = index }
        }
    }

    /// The index of the certificate for `name`: by the name itself, or else by a wildcard for its
    /// first label; 0 where none is for it.
    func index(for name: String) -> Int {
        guard let name = HostName.normalized(name) else { return 0 }
        if let exact = indices[name] { return exact }
        return HostName.wildcard(for: name).flatMap { indices[$0] } ?? 0
    }
}
