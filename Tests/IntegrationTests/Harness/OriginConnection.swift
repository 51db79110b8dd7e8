import Synchronization

/// A connection that a scripted origin has accepted, for its script.
final class OriginConnection {
    let wire: RawConnection
    /// 0 for the first that the origin accepted.
    let index: Int
    private let record: OriginRecord

    init(_ number: CInt, _ index: Int, _ record: OriginRecord) {
        wire = RawConnection(owning: number)
        self.index = index
        self.record = record
        wire.observer = { bytes in
            record.state.withLock { $0.received[index] += bytes }
        }
    }

    /// Reads a request and notes it; nil when the other end has stopped.
    func nextRequest() throws -> Message? {
        let request = try wire.readRequest()
        if let request { record.state.withLock { $0.requests.append(request) } }
        return request
    }

    /// Answers every request with its target and body.
    func echo() throws {
        while let request = try nextRequest() { try answer(request) }
    }

    /// Answers one request with its target and body.
    func answer(_ request: Message) throws {
        let body = Array("\(request.method) \(request.target)\n".utf8) + request.body
        let head = "HTTP/1.1 200 OK\r\nContent-Length: \(body.count)\r\n\r\n"
        try wire.send(Array(head.utf8) + (request.method == "HEAD" ? [] : body))
    }

    /// Does nothing until the other end stops.
    func stall() throws {
        _ = try wire.waitForEnd()
    }
}
