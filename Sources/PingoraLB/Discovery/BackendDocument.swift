import PingoraCore

/// Backends as JSON. Pure.
///
///     {"backends": [{"address": "10.0.0.1:80", "weight": 2, "backup": false}]}
///
/// `weight` is 1 and `backup` is false where they are missing. Other members are left alone, so
/// that an endpoint may say more than this; a member of ours with another kind of value is an
/// error, also `null`.
enum BackendDocument {
    /// Which addresses a document may name.
    enum Addresses {
        case all
        /// No Unix sockets. A server on the network could else have clients talk to whatever
        /// listens on this machine for local users only.
        case network
    }

    /// The backends in `bytes`.
    ///
    /// - Throws: `DiscoveryError` with the first thing that is wrong, and where.
    static func parse(_ bytes: [UInt8], _ addresses: Addresses) throws(DiscoveryError) -> [Backend]
    {
        let document: JSONValue
        do {
            document = try JSONReader.read(bytes)
        } catch {
            throw DiscoveryError("no JSON: \(error)")
        }
        guard case .object(let members) = document else {
            throw DiscoveryError("expected an object with backends, got \(document.shown)")
        }
        guard let list = members["backends"] else {
            throw DiscoveryError("expected an object with backends")
        }
        guard case .array(let entries) = list else {
            throw DiscoveryError("backends: expected an array, got \(list.shown)")
        }
        guard entries.count <= DiscoveryLimits.backends else {
            throw DiscoveryError("more than \(DiscoveryLimits.backends) backends")
        }
        return try found(in: entries, addresses).map(\.backend)
    }

    private static func found(
        in entries: [JSONValue], _ addresses: Addresses
    ) throws(DiscoveryError) -> [FoundBackend] {
        var found: [FoundBackend] = []
        var places: [SocketAddress: Int] = [:]
        for (index, entry) in entries.enumerated() {
            let place = "backends[\(index)]"
            guard case .object(let members) = entry else {
                throw DiscoveryError("\(place): expected an object, got \(entry.shown)")
            }
            let backend = try backend(members, at: place, addresses)
            if let first = places.updateValue(index, forKey: backend.address) {
                let address = ShownExcerpt.of(backend.address.description)
                throw DiscoveryError("\(place): \(address) is in backends[\(first)] already")
            }
            found.append(backend)
        }
        return found
    }

    private static func backend(
        _ members: [String: JSONValue], at place: String, _ addresses: Addresses
    ) throws(DiscoveryError) -> FoundBackend {
        var backend = FoundBackend(address: try address(members["address"], at: place, addresses))
        if let weight = members["weight"] { backend.weight = try number(weight, at: place) }
        if let backup = members["backup"] {
            guard case .bool(let isBackup) = backup else {
                throw DiscoveryError("\(place).backup: expected true or false, got \(backup.shown)")
            }
            backend.isBackup = isBackup
        }
        return backend
    }

    private static func address(
        _ value: JSONValue?, at place: String, _ addresses: Addresses
    ) throws(DiscoveryError) -> SocketAddress {
        guard let value else { throw DiscoveryError("\(place): expected an address") }
        if case .string(let text) = value, let address = SocketAddress(text) {
            if case .unix = address, addresses == .network {
                throw DiscoveryError("\(place).address: a Unix socket from a server on the network")
            }
            return address
        }
        let expected =
            addresses == .all ? "1.1.1.1:443, [::1]:443 or unix:/path" : "1.1.1.1:443 or [::1]:443"
        throw DiscoveryError("\(place).address: expected \(expected), got \(value.shown)")
    }

    private static func number(
        _ value: JSONValue, at place: String
    ) throws(DiscoveryError) -> Int {
        guard case .number(let text) = value, let weight = Int(text),
            DiscoveryLimits.weights.contains(weight)
        else {
            throw DiscoveryError(
                "\(place).weight: expected a number from 0 to "
                    + "\(DiscoveryLimits.weights.upperBound), got \(value.shown)")
        }
        return weight
    }
}
