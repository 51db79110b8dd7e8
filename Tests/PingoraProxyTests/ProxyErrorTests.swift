import PingoraCore
import PingoraHTTP
import Testing

@testable import PingoraProxy

@Suite("ProxyError")
struct ProxyErrorTests {
    private struct Unknown: Error {}

    struct Row: CustomTestStringConvertible {
        let testDescription: String
        let error: ProxyError
        let status: Int?

        init(
            _ source: ProxyError.Source, _ phase: ProxyError.Phase, _ cause: ProxyError.Cause,
            _ status: Int?
        ) {
            error = ProxyError(source, phase, cause)
            self.status = status
            testDescription = error.description
        }
    }

    private static let reset = SystemError(call: "recv", code: 104)
    private static let teapot = StatusCode(418) ?? .ok

    /// The error that a head provokes.
    private static func malformed(_ head: String) -> ProxyError.Cause {
        var parser = RequestParser(limits: .request)
        var request = RequestHead()
        do {
            _ = try parser.parse(Array(head.utf8).span, into: &request)
            _ = try RequestTraits(request)
        } catch {
            return .malformed(error)
        }
        return .violation("the head is not malformed")
    }

    private static let longTarget = "GET /\(String(repeating: "a", count: 9000)) HTTP/1.1\r\n"
    private static let fields = String(repeating: "a: b\r\n", count: 101)
    private static let codings =
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n"

    static let downstream: [Row] = [
        Row(.downstream, .readingRequest, malformed("GET  / HTTP/1.1\r\n\r\n"), 400),
        Row(.downstream, .readingRequest, malformed("GET / HTTP/1.1\r\n\r\n"), 400),
        Row(.downstream, .readingRequest, malformed(longTarget), 414),
        Row(.downstream, .readingRequest, malformed("GET / HTTP/1.1\r\n\(fields)\r\n"), 431),
        Row(.downstream, .readingRequest, malformed("GET / HTTP/2.0\r\nHost: a\r\n\r\n"), 505),
        Row(.downstream, .readingRequest, malformed(codings + "\r\n"), 501),
        Row(.downstream, .readingRequest, .timedOut, 408),
        Row(.downstream, .sendingRequest, .timedOut, 408),
        Row(.downstream, .sendingResponse, .timedOut, nil),
        Row(.downstream, .relaying, .timedOut, nil),
        Row(.downstream, .sendingRequest, .violation("x"), 400),
        Row(.downstream, .sendingRequest, .closedEarly, nil),
        Row(.downstream, .relaying, .system(reset), nil),
        Row(.downstream, .filtering, .other(Unknown()), nil),
        Row(.downstream, .filtering, .status(teapot), 418),
        Row(.downstream, .readingRequest, .status(.contentTooLarge), 413),
    ]

    static let upstream: [Row] = [
        Row(.upstream, .selectingPeer, .noHealthyUpstream, 503),
        Row(.downstream, .sendingRequest, .outOfTime, 504),
        Row(.upstream, .connecting, .outOfTime, 504),
        Row(.upstream, .relaying, .outOfTime, 504),
        Row(.upstream, .connecting, .timedOut, 504),
        Row(.upstream, .awaitingResponse, .timedOut, 504),
        Row(.upstream, .relaying, .timedOut, 504),
        Row(.upstream, .connecting, .system(reset), 502),
        Row(.upstream, .awaitingResponse, .closedEarly, 502),
        Row(.upstream, .awaitingResponse, malformed("GET  / HTTP/1.1\r\n\r\n"), 502),
        Row(.upstream, .awaitingResponse, malformed(longTarget), 502),
        Row(.upstream, .relaying, .violation("x"), 502),
        Row(.upstream, .filtering, .other(Unknown()), 502),
        Row(.upstream, .filtering, .status(teapot), 418),
    ]

    static let others: [Row] = [
        Row(.internal, .filtering, .other(Unknown()), 500),
        Row(.internal, .sendingRequest, .timedOut, 500),
        Row(.internal, .filtering, .violation("x"), 500),
        Row(.internal, .selectingPeer, .noHealthyUpstream, 503),
        Row(.internal, .selectingPeer, .status(.badGateway), 502),
    ]

    @Test("tells the client what the one table says", arguments: downstream + upstream + others)
    func status(_ row: Row) {
        #expect(row.error.statusCode.map { Int($0.code) } == row.status)
    }

    @Test("keeps a filter's own ProxyError, and wraps what is none")
    func wraps() {
        let own = ProxyError(.upstream, .relaying, .timedOut, retry: .always)
        let kept = ProxyError(own as any Error, in: .filtering)
        #expect(kept.description == "upstream relaying: timed out")
        let wrapped = ProxyError(Unknown(), in: .connecting)
        #expect(wrapped.source == .internal && wrapped.phase == .connecting)
        #expect(wrapped.statusCode == .internalServerError)
    }
}
