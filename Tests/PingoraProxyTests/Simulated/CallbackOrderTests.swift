import Foundation
import PingoraCore
import PingoraHTTP
import TestSupport
import Testing

@testable import PingoraProxy

/// The callbacks come in the order in which the protocol lists them.
@Suite("The order of callbacks")
struct CallbackOrderTests {
    struct Row: CustomTestStringConvertible {
        let testDescription: String
        var proxy = RecordingProxy()
        let client: [ScriptStep]
        let origins: [[ScriptStep]]
        let calls: [String]
    }

    private static let begin = [
        "makeContext", "earlyRequestFilter", "requestFilter", "proxyUpstreamFilter",
    ]
    private static let send = ["upstreamRequestFilter", "requestBodyFilter end"]
    private static let receive = ["upstreamResponseFilter", "responseFilter"]
    private static let end = ["upstreamResponseBodyFilter end", "responseBodyFilter end"]
    private static let fail = ["suppressErrorLog", "failToProxy"]
    private static let connect = ["upstreamPeer", "connectedToUpstream"]
    private static let dead = HTTPPeer(SimulatedProxy.deadAddress)
    private static let origin = HTTPPeer(SimulatedProxy.originAddress)
    private static let exchange: [ScriptStep] = [.receive(Texts.get()), .send(Texts.ok())]
    private static let gateway = Texts.failure("502 Bad Gateway")

    static let table: [Row] = [
        Row(
            testDescription: "success", client: [.send(Texts.get()), .receive(Texts.ok())],
            origins: [exchange],
            calls: begin + connect + send + receive + end + ["logging 200 ok"]),
        Row(
            testDescription: "success on a connection that is used again",
            client: [
                .send(Texts.get()), .receive(Texts.ok()), .pause(seconds: 1), .send(Texts.get()),
                .receive(Texts.ok()),
            ], origins: [exchange + exchange],
            calls: begin + connect + send + receive + end + ["logging 200 ok"] + begin
                + ["upstreamPeer", "connectedToUpstream again"] + send + receive + end
                + ["logging 200 ok"]),
        Row(
            testDescription: "an interim response",
            client: [
                .send(Texts.get()), .receive("HTTP/1.1 103 Early Hints\r\n\r\n" + Texts.ok()),
            ],
            origins: [
                [
                    .receive(Texts.get()),
                    .send("HTTP/1.1 103 Early Hints\r\n\r\n" + Texts.ok()),
                ]
            ],
            calls: begin + connect + send + ["upstreamResponseFilter"] + receive + end
                + ["logging 200 ok"]),
        Row(
            testDescription: "trailers",
            client: [
                .send(Texts.get()), .receive(Texts.chunkedHead),
                .receiveChunked("a", trailers: "X: 1\r\n"),
            ],
            origins: [
                [
                    .receive(Texts.get()),
                    .send(Texts.chunkedHead + "1\r\na\r\n0\r\nX: 1\r\n\r\n"),
                ]
            ],
            calls: begin + connect + send + receive + end
                + ["upstreamResponseTrailerFilter", "responseTrailerFilter", "logging 200 ok"]),
        Row(
            testDescription: "a filter that answers",
            proxy: RecordingProxy(answering: "requestFilter"),
            client: [.send(Texts.get()), .receive(answer), .send(Texts.get()), .receive(answer)],
            origins: [], calls: answered + answered),
        Row(
            testDescription: "a filter that goes not upstream and answers not",
            proxy: RecordingProxy(answering: "proxyUpstreamFilter"),
            client: [.send(Texts.get()), .receive(gateway), .receiveEnd], origins: [],
            calls: begin + fail + ["logging 502 failed"]),
        Row(
            testDescription: "a failed connect",
            proxy: RecordingProxy(peers: [dead]),
            client: [.send(Texts.get()), .receive(gateway), .receiveEnd], origins: [],
            calls: begin + ["upstreamPeer", "failToConnect"] + fail + ["logging 502 failed"]),
        Row(
            testDescription: "a failed connect and a second try",
            proxy: RecordingProxy(peers: [dead, origin], retriesConnects: true),
            client: [.send(Texts.get()), .receive(Texts.ok())], origins: [exchange],
            calls: begin + ["upstreamPeer", "failToConnect"] + connect + send + receive + end
                + ["logging 200 ok"]),
        Row(
            testDescription: "a failed connect at every try",
            proxy: RecordingProxy(peers: [dead], retriesConnects: true),
            client: [.send(Texts.get()), .receive(gateway), .receiveEnd], origins: [],
            calls: begin + Array(repeating: ["upstreamPeer", "failToConnect"], count: 16).joined()
                + fail + ["logging 502 failed"]),
        Row(
            testDescription: "an error before the response",
            client: [.send(Texts.get()), .receive(gateway), .receiveEnd],
            origins: [[.receive(Texts.get()), .close]],
            calls: begin + connect + send + ["errorWhileProxy"] + fail + ["logging 502 failed"]),
        Row(
            testDescription: "a client that leaves",
            client: [.send(Texts.get()), .pause(seconds: 1), .reset],
            origins: [[.receive(Texts.get()), .receiveEnd]],
            calls: begin + connect + send + ["errorWhileProxy"] + fail
                + ["logging none failed"]),
    ]

    private static let answer =
        "HTTP/1.1 200 OK\r\nX-By: filter\r\nContent-Length: 6\r\nDate: {date}\r\n\r\nanswer"
    private static let answered = [
        "makeContext", "earlyRequestFilter", "requestFilter", "logging 200 ok",
    ]

    @Test("is that of the protocol, and logging comes last and once", arguments: table)
    func order(_ row: Row) {
        for seed in 1...100 as ClosedRange<UInt64> {
            // A record of its own for every seed.
            let proxy = RecordingProxy(copying: row.proxy)
            var complaints: [String] = []
            simulate(seed: seed) { kernel in
                complaints = try run(proxy, row.client, row.origins, on: kernel)
            }
            #expect(complaints.isEmpty, "seed \(seed)")
            #expect(proxy.record.all == row.calls, "seed \(seed)")
            guard complaints.isEmpty, proxy.record.all == row.calls else { return }
        }
    }

    struct Throw: CustomTestStringConvertible {
        let testDescription: String
        let status: StatusCode?
        let step: ScriptStep
        let isUpstream: Bool
        /// A filter chose the status, and no body is left to be read: the client stays.
        let keepsClient: Bool

        init(_ name: String, status: StatusCode? = .forbidden, isUpstream: Bool = true) {
            testDescription = "\(name) \(status.map { "\($0)" } ?? "an error of its own")"
            (callback, self.status, self.isUpstream) = (name, status, isUpstream)
            keepsClient =
                status != nil
                && ["requestBodyFilter", "upstreamResponseFilter", "responseFilter"].contains(name)
            let text = Texts.failure(status == nil ? "500 Internal Server Error" : "403 Forbidden")
            step = .receive(
                keepsClient
                    ? text.replacingOccurrences(of: "Connection: close\r\n", with: "") : text)
        }

        /// The response has begun: only a cut tells the client.
        init(cutting name: String) {
            testDescription = "\(name) cuts the response"
            (callback, status, isUpstream, keepsClient) = (name, nil, true, false)
            step = .receiveCut(of: Texts.ok())
        }

        let callback: String

        /// It answers at once, but not before the request body has been filtered.
        var origin: [ScriptStep] {
            [callback == "requestBodyFilter" ? .pause(seconds: 1) : .send(Texts.ok())]
        }
    }

    static let throwing: [Throw] = [
        Throw("earlyRequestFilter", isUpstream: false),
        Throw("earlyRequestFilter", status: nil, isUpstream: false),
        Throw("requestFilter", isUpstream: false),
        Throw("requestFilter", status: nil, isUpstream: false),
        Throw("proxyUpstreamFilter", isUpstream: false),
        Throw("upstreamPeer", isUpstream: false),
        Throw("upstreamPeer", status: nil, isUpstream: false),
        Throw("connectedToUpstream"), Throw("connectedToUpstream", status: nil),
        Throw("upstreamRequestFilter"), Throw("upstreamRequestFilter", status: nil),
        Throw("requestBodyFilter"),
        Throw("upstreamResponseFilter"), Throw("upstreamResponseFilter", status: nil),
        Throw("responseFilter"), Throw("responseFilter", status: nil),
        Throw(cutting: "upstreamResponseBodyFilter"), Throw(cutting: "responseBodyFilter"),
    ]

    @Test("an error in a filter is answered, logged once, and ends in order", arguments: throwing)
    func throwsInFilters(_ row: Throw) {
        for seed in 1...100 as ClosedRange<UInt64> {
            let proxy = RecordingProxy(throwing: row.callback, status: row.status)
            var end: [ScriptStep] = [.receiveEnd]
            if case .receiveCut = row.step { end = [] }
            if row.keepsClient { end = [.close] }
            let request =
                row.keepsClient
                ? Texts.get("/") : Texts.post("/", "Content-Length: 5\r\n") + "hello"
            var complaints: [String] = []
            simulate(seed: seed) { kernel in
                complaints = try run(
                    proxy, [.send(request), row.step] + end,
                    row.isUpstream ? [row.origin] : [], on: kernel)
            }
            let logs = proxy.record.all.filter { $0.hasPrefix("logging") }
            #expect(complaints.isEmpty, "seed \(seed)")
            #expect(logs.count == 1 && proxy.record.all.last == logs.first, "seed \(seed)")
            guard complaints.isEmpty, logs.count == 1 else { return }
        }
    }

    private func run(
        _ proxy: RecordingProxy, _ client: [ScriptStep], _ origins: [[ScriptStep]],
        on kernel: SimulatedKernel
    ) throws -> [String] {
        var options = ProxyOptions()
        // All tries of a request come in one second.
        options.freeRetriesPerSecond = 100
        let simulated = try SimulatedProxy(proxy, on: kernel, options: options)
        simulated.originScripts = origins
        try simulated.client(client)
        simulated.run()
        let complaints = simulated.complaints + simulated.leaks()
        simulated.stop()
        return complaints
    }

    @Test("shows filters every byte of both bodies")
    func bodies() {
        simulate(seed: 3) { kernel in
            let proxy = RecordingProxy()
            let body = Texts.bulk(40_000)
            let request = Texts.post("/", "Content-Length: 40000\r\n") + body
            let complaints = try run(
                proxy, [.send(request), .receive(Texts.ok(body))],
                [[.receive(request), .send(Texts.ok(body))]], on: kernel)
            #expect(complaints.isEmpty)
            for filter in [
                "requestBodyFilter", "upstreamResponseBodyFilter", "responseBodyFilter",
            ] {
                #expect(proxy.record.bytes(filter) == 40_000)
            }
        }
    }
}

extension RecordingProxy {
    /// The same proxy with a record of its own.
    init(copying other: RecordingProxy) {
        self.init(
            peers: other.peers, throwing: other.throwing, status: other.status,
            answering: other.answering, retriesConnects: other.retriesConnects)
    }
}
