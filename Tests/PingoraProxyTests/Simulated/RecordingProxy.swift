import PingoraCore
import PingoraHTTP
import Synchronization

@testable import PingoraProxy

/// What a ``RecordingProxy`` was called for.
final class CallRecord: Sendable {
    private let calls = Mutex<[String]>([])
    private let bodyBytes = Mutex<[String: Int]>([:])

    func note(_ call: String) {
        calls.withLock { $0.append(call) }
    }

    /// Pieces of a body come as the kernel cuts them: only their sum and their end count.
    func note(_ call: String, _ chunk: borrowing BodyChunk, isEnd: Bool) {
        let count = chunk.count
        bodyBytes.withLock { $0[call, default: 0] += count }
        if isEnd { note("\(call) end") }
    }

    var all: [String] { calls.withLock { $0 } }
    func bytes(_ call: String) -> Int { bodyBytes.withLock { $0[call] ?? 0 } }
}

/// Notes every callback, and fails or answers where it is told to.
struct RecordingProxy: ProxyHttp {
    struct Failure: Error {}

    let record = CallRecord()
    /// Where each try goes; the last one holds for all that follow.
    var peers = [HTTPPeer(SimulatedProxy.originAddress)]
    /// The callback that throws.
    var throwing: String?
    /// What it throws; nil for an error of its own.
    var status: StatusCode? = .forbidden
    /// The callback that answers the request.
    var answering: String?
    var retriesConnects = false

    /// How many callbacks saw this context.
    typealias Context = Int

    func makeContext() -> Int {
        record.note("makeContext")
        return 0
    }

    private func note(_ call: String, _ context: inout Int) throws {
        record.note(call)
        context += 1
        guard throwing == call else { return }
        if let status { throw ProxyError.status(status) }
        throw Failure()
    }

    func earlyRequestFilter(_ session: borrowing Session, _ context: inout Int) throws {
        try note("earlyRequestFilter", &context)
    }

    func requestFilter(_ session: borrowing Session, _ context: inout Int) async throws -> Bool {
        try note("requestFilter", &context)
        guard answering == "requestFilter" else { return false }
        try await session.respond(.ok, fields: [("X-By", "filter")], body: "answer")
        return true
    }

    func requestBodyFilter(
        _ session: borrowing Session, _ chunk: inout BodyChunk, isEnd: Bool, _ context: inout Int
    ) throws {
        record.note("requestBodyFilter", chunk, isEnd: isEnd)
        if throwing == "requestBodyFilter" { throw ProxyError.status(status ?? .forbidden) }
    }

    func proxyUpstreamFilter(
        _ session: borrowing Session, _ context: inout Int
    ) throws -> Bool {
        try note("proxyUpstreamFilter", &context)
        return answering != "proxyUpstreamFilter"
    }

    func upstreamPeer(_ session: borrowing Session, _ context: inout Int) throws -> HTTPPeer {
        try note("upstreamPeer", &context)
        return peers[min(session.tries, peers.count) - 1]
    }

    func failToConnect(
        _ session: borrowing Session, _ peer: HTTPPeer, _ error: ProxyError, _ context: inout Int
    ) -> ProxyError {
        record.note("failToConnect")
        var error = error
        if retriesConnects { error.retry = .always }
        return error
    }

    func connectedToUpstream(
        _ session: borrowing Session, _ peer: HTTPPeer, isReused: Bool, _ context: inout Int
    ) throws {
        try note(isReused ? "connectedToUpstream again" : "connectedToUpstream", &context)
    }

    func upstreamRequestFilter(
        _ session: borrowing Session, _ request: inout RequestHead, _ context: inout Int
    ) throws {
        try note("upstreamRequestFilter", &context)
    }

    func upstreamResponseFilter(
        _ session: borrowing Session, _ response: inout ResponseHead, _ context: inout Int
    ) throws {
        try note("upstreamResponseFilter", &context)
    }

    func upstreamResponseBodyFilter(
        _ session: borrowing Session, _ chunk: inout BodyChunk, isEnd: Bool, _ context: inout Int
    ) throws {
        record.note("upstreamResponseBodyFilter", chunk, isEnd: isEnd)
        if throwing == "upstreamResponseBodyFilter" { throw Failure() }
    }

    func upstreamResponseTrailerFilter(
        _ session: borrowing Session, _ trailers: inout Fields, _ context: inout Int
    ) throws {
        try note("upstreamResponseTrailerFilter", &context)
    }

    func responseFilter(
        _ session: borrowing Session, _ response: inout ResponseHead, _ context: inout Int
    ) throws {
        try note("responseFilter", &context)
    }

    func responseBodyFilter(
        _ session: borrowing Session, _ chunk: inout BodyChunk, isEnd: Bool, _ context: inout Int
    ) throws -> Duration? {
        record.note("responseBodyFilter", chunk, isEnd: isEnd)
        if throwing == "responseBodyFilter" { throw Failure() }
        return nil
    }

    func responseTrailerFilter(
        _ session: borrowing Session, _ trailers: inout Fields, _ context: inout Int
    ) throws {
        try note("responseTrailerFilter", &context)
    }

    func errorWhileProxy(
        _ session: borrowing Session, _ peer: HTTPPeer, _ error: ProxyError, isReused: Bool,
        _ context: inout Int
    ) -> ProxyError {
        record.note("errorWhileProxy")
        return error
    }

    func failToProxy(
        _ session: borrowing Session, _ error: ProxyError, _ context: inout Int
    ) -> StatusCode? {
        record.note("failToProxy")
        return error.statusCode
    }

    func suppressErrorLog(
        _ session: borrowing Session, _ error: ProxyError, _ context: Int
    ) -> Bool {
        record.note("suppressErrorLog")
        return true
    }

    func logging(_ session: borrowing Session, _ error: ProxyError?, _ context: inout Int) {
        let status = session.responseStatus.map { "\($0)" } ?? "none"
        record.note("logging \(status) \(error == nil ? "ok" : "failed")")
    }
}
