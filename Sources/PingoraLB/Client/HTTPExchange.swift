package import PingoraCore
package import PingoraHTTP

/// One request and its answer, on a connection of its own: for checks and discovery, behind which
/// no client waits.
///
/// Nothing that a server does holds the task or its memory: one deadline is for all of it, the head
/// fits one buffer, interim responses are counted, and the body is read up to a limit.
package struct HTTPExchange: Sendable {
    /// What is asked. It has no body.
    package let request: RequestHead
    /// Of the body, so many bytes are read; what follows is left alone.
    package let maximumBodyBytes: Int
    /// What the connection is made secure with; nil: nothing.
    package var layer: (any TransportLayer)?

    /// Sixteen 1xx before the answer; servers send one or two.
    private static let maximumInterims = 16
    /// Heads of one buffer's size, 16 KiB: answers to programs have no large cookies.
    private static let limits: ParseLimits = {
        var limits = ParseLimits.response
        limits.headBytes = BufferPool.smallCapacity
        return limits
    }()

    /// An exchange of `request`, which is completed with `Connection: close` and, where they are
    /// missing, with what names us and with a Content-Length that says that there is no body.
    package init(_ request: RequestHead, maximumBodyBytes: Int) {
        var request = request
        request.fields.replace(.connection, with: "close")
        // Nothing may announce a body that does not come.
        for name in [FieldName.transferEncoding, .contentLength, .expect] {
            request.fields.remove(name)
        }
        if !request.fields.contains(.userAgent) {
            request.fields.append(.userAgent, "pingora-lb")
        }
        // A method that is expected to have a body says that it has none (RFC 9110 §8.6).
        if [.post, .put, .patch].contains(request.method) {
            request.fields.append(.contentLength, "0")
        }
        self.request = request
        self.maximumBodyBytes = max(0, maximumBodyBytes)
    }

    /// Asks the server at `address`, which is also its Host where the request has none.
    ///
    /// Runs on `loop` and does not block it. The connection is closed in the end.
    /// - Parameter wantsBody: whether the body after this head is read.
    /// - Throws: `HTTPExchangeError` where `deadline` comes before the answer's end or limit, or
    ///   the answer is none.
    package func perform(
        with address: SocketAddress, on loop: EventLoop, deadline: MonotonicTime,
        readingBodyIf wantsBody: (ResponseHead) -> Bool = { _ in true }
    ) async throws(HTTPExchangeError) -> HTTPAnswer {
        let connection: Connection
        do {
            connection = try await Connector.connect(
                to: address, from: nil, on: loop, owner: nil, deadline: deadline)
        } catch {
            throw HTTPExchangeError(error)
        }
        defer { connection.close() }
        if let layer {
            do {
                try await layer.secure(connection, until: deadline)
            } catch {
                throw HTTPExchangeError(error)
            }
        }
        try await send(to: address, over: connection, until: deadline)
        let (head, framing) = try await receiveHead(connection, until: deadline)
        var body = BodyCollector(framing, maximumBytes: maximumBodyBytes)
        if wantsBody(head) { try await receive(&body, from: connection, until: deadline) }
        return HTTPAnswer(head: head, body: body.bytes, isWhole: body.isWhole)
    }

    /// The Host field for a server that is known by its address only.
    static func host(of address: SocketAddress) -> String {
        if case .unix = address { return "localhost" }
        return address.description
    }

    private func send(
        to address: SocketAddress, over connection: Connection, until deadline: MonotonicTime
    ) async throws(HTTPExchangeError) {
        var request = request
        if !request.fields.contains(.host) {
            request.fields.append(.host, HTTPExchange.host(of: address))
        }
        connection.loop.buffers.provide(&connection.output)
        do {
            try connection.output.append(request)
        } catch {
            throw .request(error)
        }
        do {
            try await connection.flush(until: deadline)
        } catch {
            throw HTTPExchangeError(error)
        }
    }

    /// The final response head, and how its body is delimited.
    private func receiveHead(
        _ connection: Connection, until deadline: MonotonicTime
    ) async throws(HTTPExchangeError) -> (ResponseHead, BodyFraming) {
        var parser = ResponseParser(limits: HTTPExchange.limits)
        var head = ResponseHead()
        var interims = 0
        while true {
            let framing: BodyFraming?
            do {
                framing = try connection.input.takeHead(
                    with: &parser, into: &head, answering: request.method)
            } catch {
                throw .malformed(error)
            }
            guard let framing else {
                try await receiveMore(connection, of: .head, until: deadline)
                continue
            }
            guard head.status.isInterim else { return (head, framing) }
            interims += 1
            guard interims <= HTTPExchange.maximumInterims else {
                throw .tooManyInterims(limit: HTTPExchange.maximumInterims)
            }
        }
    }

    private func receive(
        _ body: inout BodyCollector, from connection: Connection, until deadline: MonotonicTime
    ) async throws(HTTPExchangeError) {
        while true {
            do {
                guard try body.wantsMore(after: &connection.input) else { return }
            } catch {
                throw .malformed(error)
            }
            do {
                try await receiveMore(connection, of: .body, until: deadline)
            } catch .closedEarly where body.connectionEnded() {
                return
            }
        }
    }

    private func receiveMore(
        _ connection: Connection, of part: HTTPExchangeError.Part, until deadline: MonotonicTime
    ) async throws(HTTPExchangeError) {
        let count: Int
        do {
            count = try await connection.read(until: deadline)
        } catch {
            throw HTTPExchangeError(error)
        }
        guard count > 0 else { throw .closedEarly(in: part) }
    }
}

/// What a server answered.
package struct HTTPAnswer: Sendable {
    /// The final response head.
    package let head: ResponseHead
    /// The body without its chunks, up to the exchange's limit.
    package let body: [UInt8]
    /// Whether that is the whole body.
    package let isWhole: Bool
}

extension HTTPAnswer {
    /// The first hundred bytes of the body for the log: in quotes, everything but printable ASCII
    /// escaped.
    package var shownBody: String { HTTPAnswer.shown(body.prefix(100)) }

    /// `bytes` as text in quotes, everything but printable ASCII escaped.
    static func shown(_ bytes: some Sequence<UInt8>) -> String {
        let text = String(decoding: Array(bytes), as: UTF8.self)
        return "\"" + text.unicodeScalars.map { $0.escaped(asASCII: true) }.joined() + "\""
    }
}

extension ByteBuffer {
    /// Parses a response head at the front and consumes it; nil if it is not whole yet.
    fileprivate mutating func takeHead(
        with parser: inout ResponseParser, into head: inout ResponseHead, answering method: Method
    ) throws(ParseError) -> BodyFraming? {
        guard !isEmpty, let count = try parser.parse(bytes, into: &head) else { return nil }
        consume(count)
        return try ResponseTraits(head, to: method).framing
    }

    fileprivate mutating func append(_ head: RequestHead) throws(SerializationError) {
        var free = self.free
        let count = try head.serialize(into: &free)
        commit(count)
    }
}
