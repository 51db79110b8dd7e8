// Turns requests away before anything goes to a server: 403 for what is private, 401 without a
// token, 429 beyond three requests a minute.
//
//     $ curl --silent --include http://127.0.0.1:6188/private/keys | head -1
//     HTTP/1.1 403 Forbidden
//     $ curl --head http://127.0.0.1:6188/
//     HTTP/1.1 401 Unauthorized
//     WWW-Authenticate: Bearer
//     Content-Length: 25
//     Date: *
//     $ curl --silent --oauth2-bearer sesame 'http://127.0.0.1:6188/?page=[1-3]' | grep server
//     server 9001: GET /?page=1
//     server 9001: GET /?page=2
//     server 9001: GET /?page=3
//     $ curl --oauth2-bearer sesame http://127.0.0.1:6188/
//     too many requests
//
// Start the server with `swift run --package-path Examples Origins`.
import Pingora
import Synchronization

struct Doorkeeper: ProxyHttp {
    let upstreams: LoadBalancer<RoundRobin>
    let limit = RateLimit()

    /// Answers by itself and returns true, or lets the request pass and returns false.
    func requestFilter(
        _ session: borrowing Session, _ context: inout Void
    ) async throws -> Bool {
        if session.request.path.hasPrefix("/private/") {
            try await session.respond(.forbidden)
        } else if session.request.fields[.authorization] != "Bearer sesame" {
            try await session.respond(
                .unauthorized, fields: [("WWW-Authenticate", "Bearer")],
                body: "a bearer token is needed\n")
        } else if !limit.allows(session.clientAddress?.host ?? "") {
            try await session.respond(
                .tooManyRequests, fields: [(.retryAfter, "60")], body: "too many requests\n")
        } else {
            return false
        }
        return true
    }

    func upstreamPeer(
        _ session: borrowing Session, _ context: inout Void
    ) async throws -> HTTPPeer {
        guard let backend = upstreams.select() else { throw ProxyError.noHealthyUpstream }
        return HTTPPeer(backend)
    }
}

/// Counts requests per client. Memory is bounded by the clients of one minute.
final class RateLimit: Sendable {
    private struct Minute {
        let end: ContinuousClock.Instant
        var counts: [String: Int] = [:]
    }

    private let current = Mutex(Minute(end: .now))

    func allows(_ client: String) -> Bool {
        current.withLock { minute in
            if minute.end < .now { minute = Minute(end: .now + .seconds(60)) }
            minute.counts[client, default: 0] += 1
            return minute.counts[client, default: 0] <= 3
        }
    }
}

let doorkeeper = Doorkeeper(upstreams: try LoadBalancer(["127.0.0.1:9001"]))
let server = Server()
server.add(try ProxyService(doorkeeper, listen: "127.0.0.1:6188"))
server.runForever()
