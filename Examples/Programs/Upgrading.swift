// A server that is replaced by a new process of itself while it serves. No client notices: idle
// connections and long responses move to the new process, and the old one ends.
//
//     $ curl --silent http://127.0.0.1:6188 > old
//     $ kill -QUIT $(cat old) && (./Upgrading -u > new.log 2>&1 &) && sleep 2
//     $ curl --silent http://127.0.0.1:6188 > new
//     $ cmp --silent old new || echo taken over
//     taken over
//     $ kill $(cat new)
//
// By hand: start it, `kill -QUIT` it, and start it again with `-u` within ten seconds.
import Glibc
import Pingora

/// Says which process answers.
struct ProcessNumber: ProxyHttp {
    func requestFilter(
        _ session: borrowing Session, _ context: inout Void
    ) async throws -> Bool {
        try await session.respond(.ok, body: "\(getpid())\n")
        return true
    }

    func upstreamPeer(
        _ session: borrowing Session, _ context: inout Void
    ) async throws -> HTTPPeer {
        throw ProxyError.noHealthyUpstream
    }
}

var options = ServerOptions()
options.upgrade.socketPath = "/tmp/pingora-example-\(getuid()).sock"
options.upgrade.takesOver = CommandLine.arguments.contains("-u")
// The new process has to answer this well before it gets a single client.
options.upgrade.prover = HTTPProbes([.init("/", host: "example.com")])

let server = Server(options)
server.add(try ProxyService(ProcessNumber(), listen: "127.0.0.1:6188"))
server.runForever()
