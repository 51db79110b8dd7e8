// Spreads requests over two servers, in turns, and sets the Host that they want.
//
//     $ curl http://127.0.0.1:6188/hello
//     server 9001: GET /hello
//     Host: app.internal
//     User-Agent: curl/*
//     Accept: */*
//     $ curl --silent http://127.0.0.1:6188/hello | head -1
//     server 9002: GET /hello
//
// Start the two servers with `swift run --package-path Examples Origins`.
import Pingora

struct Balancer: ProxyHttp {
    let upstreams: LoadBalancer<RoundRobin>

    func upstreamPeer(
        _ session: borrowing Session, _ context: inout Void
    ) async throws -> HTTPPeer {
        guard let backend = upstreams.select() else { throw ProxyError.noHealthyUpstream }
        return HTTPPeer(backend)
    }

    func upstreamRequestFilter(
        _ session: borrowing Session, _ request: inout RequestHead, _ context: inout Void
    ) async throws {
        request.fields.replace(.host, with: "app.internal")
    }
}

let upstreams = try LoadBalancer<RoundRobin>(["127.0.0.1:9001", "127.0.0.1:9002"])
let server = Server()
server.add(try ProxyService(Balancer(upstreams: upstreams), listen: "127.0.0.1:6188"))
server.runForever()
