// Changes header fields on the way to the server (first command) and back (second command).
//
//     $ curl --cookie session=secret http://127.0.0.1:6188/
//     server 9001: GET /
//     Host: app.internal
//     User-Agent: curl/*
//     Accept: */*
//     X-Forwarded-For: 127.0.0.1
//     $ curl --head http://127.0.0.1:6188/
//     HTTP/1.1 200 OK
//     Content-Type: text/plain; charset=utf-8
//     Content-Length: *
//     Date: *
//     X-Frame-Options: DENY
//
// Start the server with `swift run --package-path Examples Origins`.
import Pingora

struct HeaderChanger: ProxyHttp {
    let upstreams: LoadBalancer<RoundRobin>

    func upstreamPeer(
        _ session: borrowing Session, _ context: inout Void
    ) async throws -> HTTPPeer {
        guard let backend = upstreams.select() else { throw ProxyError.noHealthyUpstream }
        return HTTPPeer(backend)
    }

    /// Every try begins with a fresh copy of the client's request.
    func upstreamRequestFilter(
        _ session: borrowing Session, _ request: inout RequestHead, _ context: inout Void
    ) async throws {
        request.fields.replace(.host, with: "app.internal")
        request.fields.remove(.cookie)
        if let client = session.clientAddress {
            request.fields.replace(.xForwardedFor, with: client.host)
        }
    }

    func responseFilter(
        _ session: borrowing Session, _ response: inout ResponseHead, _ context: inout Void
    ) async throws {
        response.fields.remove(.server)
        // Any other name is a string; one that is no valid field name stops the program at start.
        response.fields.append("X-Frame-Options", "DENY")
        if let type = response.fields[.contentType], type == "text/plain" {
            response.fields.replace(.contentType, with: "text/plain; charset=utf-8")
        }
    }
}

let changer = HeaderChanger(upstreams: try LoadBalancer(["127.0.0.1:9001"]))
let server = Server()
server.add(try ProxyService(changer, listen: "127.0.0.1:6188"))
server.runForever()
