// What the callbacks of one request share is its context. This one holds the number of the request
// and how long the server took to answer, which is shown when the request ends.
//
//     $ curl --head http://127.0.0.1:6188/first
//     HTTP/1.1 200 OK
//     Content-Type: text/plain
//     Content-Length: *
//     Date: *
//     X-Request-Number: 1
//     $ curl --silent http://127.0.0.1:6188/second | head -1
//     server 9001: GET /second
//
// Start the server with `swift run --package-path Examples Origins`. The program prints
//
//     > request 1: HEAD /first: 200 from 127.0.0.1:9001 after * ms
//     > request 2: GET /second: 200 from 127.0.0.1:9001 after * ms
import Pingora
import Synchronization

final class Counter: ProxyHttp {
    /// Made for each request, passed from callback to callback, and gone after `logging`.
    struct Context {
        let number: Int
        let begin = ContinuousClock.now
        var waiting = Duration.zero
    }

    /// Requests run on all threads at once: what they share is atomic, or behind a lock.
    private let requests = Atomic<Int>(0)
    private let upstreams: LoadBalancer<RoundRobin>

    init(upstreams: LoadBalancer<RoundRobin>) {
        self.upstreams = upstreams
    }

    func makeContext() -> Context {
        Context(number: requests.add(1, ordering: .relaxed).newValue)
    }

    func upstreamPeer(
        _ session: borrowing Session, _ context: inout Context
    ) async throws -> HTTPPeer {
        guard let backend = upstreams.select() else { throw ProxyError.noHealthyUpstream }
        return HTTPPeer(backend)
    }

    func responseFilter(
        _ session: borrowing Session, _ response: inout ResponseHead, _ context: inout Context
    ) async throws {
        context.waiting = ContinuousClock.now - context.begin
        response.fields.append("X-Request-Number", "\(context.number)")
    }

    /// Called exactly once, whatever became of the request.
    func logging(
        _ session: borrowing Session, _ error: ProxyError?, _ context: inout Context
    ) async {
        let status = session.responseStatus.map { "\($0)" } ?? "no answer"
        let server = session.upstreamAddress.map { "\($0)" } ?? "nobody"
        print(
            "request \(context.number): \(session.request.method) \(session.request.target):",
            "\(status) from \(server) after \(context.waiting / .milliseconds(1)) ms")
    }
}

let counter = Counter(upstreams: try LoadBalancer(["127.0.0.1:9001"]))
let server = Server()
server.add(try ProxyService(counter, listen: "127.0.0.1:6188"))
server.runForever()
