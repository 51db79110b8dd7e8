// Routes by path: /api/ goes to servers of its own, which do not know the prefix; everything else
// goes to the site.
//
//     $ curl --silent 'http://127.0.0.1:6188/api/users?page=2' | head -1
//     server 9001: GET /users?page=2
//     $ curl --silent http://127.0.0.1:6188/index.html | head -1
//     server 9002: GET /index.html
//     $ curl --silent http://127.0.0.1:6188/apiary | head -1
//     server 9002: GET /apiary
//
// Start the two servers with `swift run --package-path Examples Origins`.
import Pingora

struct Router: ProxyHttp {
    let api: LoadBalancer<RoundRobin>
    let site: LoadBalancer<RoundRobin>

    func upstreamPeer(
        _ session: borrowing Session, _ context: inout Void
    ) async throws -> HTTPPeer {
        let servers = session.request.isForAPI ? api : site
        guard let backend = servers.select() else { throw ProxyError.noHealthyUpstream }
        return HTTPPeer(backend)
    }

    func upstreamRequestFilter(
        _ session: borrowing Session, _ request: inout RequestHead, _ context: inout Void
    ) async throws {
        if request.isForAPI { request.target.removeFirst("/api".count) }
    }
}

extension RequestHead {
    var isForAPI: Bool { target.hasPrefix("/api/") }
}

let router = Router(
    api: try LoadBalancer(["127.0.0.1:9001"]),
    site: try LoadBalancer(["127.0.0.1:9002"]))
let server = Server()
server.add(try ProxyService(router, listen: "127.0.0.1:6188"))
server.runForever()
