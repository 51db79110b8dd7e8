@testable import TestSupport

/// A client and an origin that do everything right, and must get the right bytes whatever came
/// before.
enum Canary {
    private static let requests = [
        "GET /canary HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST /canary HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
    ]
    private static let answers = [
        "HTTP/1.1 200 OK\r\n\(Texts.date)Content-Length: 6\r\n\r\nworld\n",
        "HTTP/1.1 200 OK\r\n\(Texts.date)Content-Length: 0\r\nX-A: b\r\n\r\n",
    ]

    /// What is wrong with two requests on one connection; nil if all is well.
    static func violation(of engine: FuzzEngine, using random: inout SeededGenerator) -> String? {
        guard let client = try? engine.connect(using: &random) else { return "no socket pair" }
        var origin: SimulatedEndpoint?
        for (request, answer) in zip(requests, answers) {
            client.outgoing = Array(request.utf8)
            guard let sent = forward(engine, client, &origin, request.utf8.count) else {
                return "the canary's request did not arrive, but "
                    + "\(WireText.shown(origin?.received ?? [])): \(request)"
            }
            guard sent == Array(request.utf8) else {
                return "the request of the canary became \(WireText.shown(sent))"
            }
            origin?.received = []
            origin?.outgoing = Array(answer.utf8)
            let goal = client.received.count + answer.utf8.count
            guard let got = receive(engine, client, origin, goal) else {
                return "the answer to the canary did not arrive"
            }
            guard got == Array(answer.utf8) else {
                return "the answer to the canary became \(WireText.shown(got))"
            }
            client.received = []
        }
        client.close()
        origin?.close()
        return engine.settle() ? nil : "the connections of the canary are still open"
    }

    private static let turnLimit = 1000

    /// What the origin got, once it is `count` bytes; nil if it is not.
    private static func forward(
        _ engine: FuzzEngine, _ client: SimulatedEndpoint, _ origin: inout SimulatedEndpoint?,
        _ count: Int
    ) -> [UInt8]? {
        for _ in 0..<turnLimit {
            if origin == nil { origin = engine.nextOrigin() }
            _ = client.sendOnce()
            _ = origin?.receiveOnce()
            if let received = origin?.received, received.count >= count { return received }
            engine.turn(isBusy: true, until: .max)
        }
        return nil
    }

    /// What the client got, once it is `count` bytes; nil if it is not.
    private static func receive(
        _ engine: FuzzEngine, _ client: SimulatedEndpoint, _ origin: SimulatedEndpoint?,
        _ count: Int
    ) -> [UInt8]? {
        for _ in 0..<turnLimit {
            _ = origin?.sendOnce()
            _ = client.receiveOnce()
            if client.received.count >= count { return client.received }
            engine.turn(isBusy: true, until: .max)
        }
        return nil
    }
}
