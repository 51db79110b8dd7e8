// Two servers to try the other examples with. Each says who it is and shows the request as it
// came. A proxy that answers every request itself is a server.
//
//     $ curl http://127.0.0.1:9001/hello
//     server 9001: GET /hello
//     Host: 127.0.0.1:9001
//     User-Agent: curl/*
//     Accept: */*
import Pingora

struct Origin: ProxyHttp {
    let name: String

    func requestFilter(
        _ session: borrowing Session, _ context: inout Void
    ) async throws -> Bool {
        let request = session.request
        var body = "\(name): \(request.method) \(request.target)\n"
        for (field, value) in request.fields.all { body += "\(field): \(value)\n" }
        try await session.respond(.ok, fields: [(.contentType, "text/plain")], body: body)
        return true
    }

    func upstreamPeer(
        _ session: borrowing Session, _ context: inout Void
    ) async throws -> HTTPPeer {
        throw ProxyError.noHealthyUpstream
    }
}

let server = Server(ServerOptions(threads: 1))
for port in [9001, 9002] {
    let origin = Origin(name: "server \(port)")
    server.add(try ProxyService(origin, listen: "127.0.0.1:\(port)"))
}
server.runForever()
