import PingoraHTTP

/// Which upstream a request goes to, by host and path. Pure.
///
/// The most specific route wins, whatever the order in the file: an exact host before a wildcard
/// (`*.example.com`, the longest first) before none; among those, the longest path prefix. A prefix
/// matches whole segments: `/api` takes `/api` and `/api/users`, not `/apiary`.
public struct RouteTable: Sendable {
    /// One route of the table.
    public struct Route: Sendable {
        /// An exact host, `*.example.com`, or nil for every host. Lower case, without port.
        public var host: String?
        /// The prefix of the path; `/` for every path.
        public var pathPrefix: String
        /// The index of the upstream.
        public var upstream: Int

        /// A route to the upstream with the given index.
        public init(host: String? = nil, pathPrefix: String = "/", upstream: Int) {
            self.host = host
            self.pathPrefix = pathPrefix
            self.upstream = upstream
        }
    }

    private struct Entry: Sendable {
        var host: [UInt8]
        var isWildcard: Bool
        var prefix: [UInt8]
        var upstream: Int

        /// Exact hosts, then wildcards by length, then no host.
        var hostRank: Int { host.isEmpty ? 0 : isWildcard ? host.count : 1000 + host.count }
    }

    private let entries: [Entry]
    /// Where everything goes if the table has one route that matches everything.
    let only: Int?

    /// A table of `routes`.
    public init(_ routes: [Route]) {
        entries = routes.map(RouteTable.entry).enumerated().sorted { first, second in
            let (one, other) = (first.element, second.element)
            if one.hostRank != other.hostRank { return one.hostRank > other.hostRank }
            if one.prefix.count != other.prefix.count {
                return one.prefix.count > other.prefix.count
            }
            return first.offset < second.offset
        }.map(\.element)
        only =
            entries.count == 1 && entries[0].host.isEmpty && entries[0].prefix == [0x2f]
            ? entries[0].upstream : nil
    }

    /// The upstream of the first route that matches a request; nil if none does.
    func upstream(for request: borrowing RequestHead) -> Int? {
        request.fields.withValue(of: .host) { host in
            request.withPath { upstream(host: host, path: $0) }
        }
    }

    /// The upstream of the first route that matches; nil if none does.
    ///
    /// - Parameters:
    ///   - host: the Host field as it came, with or without port.
    ///   - path: the path of the target, without its query.
    public func upstream(host: Span<UInt8>, path: Span<UInt8>) -> Int? {
        if let only { return only }
        let length = RouteTable.lengthWithoutPort(host)
        for entry in entries
        where RouteTable.matches(host, length, entry) && RouteTable.hasPrefix(path, entry.prefix) {
            return entry.upstream
        }
        return nil
    }

    private static func entry(_ route: Route) -> Entry {
        let host = Array((route.host ?? "").lowercased().utf8)
        let isWildcard = host.starts(with: [0x2a, 0x2e])
        return Entry(
            host: isWildcard ? Array(host.dropFirst()) : host, isWildcard: isWildcard,
            prefix: Array(route.pathPrefix.utf8), upstream: route.upstream)
    }

    private static func lengthWithoutPort(_ host: Span<UInt8>) -> Int {
        var index = host.count
        while index > 0, 48...57 ~= host[index - 1] { index -= 1 }
        return index > 0 && host[index - 1] == 0x3a ? index - 1 : host.count
    }

    private static func matches(_ host: Span<UInt8>, _ length: Int, _ entry: Entry) -> Bool {
        guard !entry.host.isEmpty else { return true }
        // A wildcard stands for at least one byte in front of its dot.
        guard entry.isWildcard ? length > entry.host.count : length == entry.host.count else {
            return false
        }
        let start = length - entry.host.count
        for index in entry.host.indices {
            let byte = host[start + index]
            guard (65...90 ~= byte ? byte | 0x20 : byte) == entry.host[index] else { return false }
        }
        return true
    }

    private static func hasPrefix(_ path: Span<UInt8>, _ prefix: [UInt8]) -> Bool {
        guard path.count >= prefix.count else { return false }
        for index in prefix.indices where path[index] != prefix[index] { return false }
        return prefix.last == 0x2f || path.count == prefix.count || path[prefix.count] == 0x2f
    }
}
