import PingoraCore
public import PingoraHTTP

/// Answering the client.
extension Session {
    /// Answers the request with `status` and `body`, in place of an upstream server.
    ///
    /// - Parameters:
    ///   - fields: added to the response.
    /// - Throws: `ProxyError` if the client has gone, or a field is invalid.
    public func respond(
        _ status: StatusCode, fields: [(FieldName, String)] = [], body: String = ""
    ) async throws {
        response = ResponseHead(status: status)
        for (name, value) in fields { response.fields.append(name, value) }
        response.fields.replace(.contentLength, with: "\(body.utf8.count)")
        dropRequestBody()
        try await sendOwnResponse(body)
    }

    /// Answers a request that failed, in short.
    ///
    /// - Parameter retryAfter: in seconds, when it may work (RFC 9110 §10.2.3).
    func respondToFailure(_ status: StatusCode, retryAfter: Int? = nil) async throws {
        stopClock()
        response = ResponseHead(status: status)
        response.fields.append(.contentLength, "0")
        response.fields.append(.cacheControl, "private, no-store")
        if let retryAfter { response.fields.append(.retryAfter, "\(retryAfter)") }
        // What a 405 has to say (RFC 9110 §15.5.6): CONNECT and TRACE are what we refuse.
        if status == .methodNotAllowed {
            response.fields.append("Allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS")
        }
        try await sendOwnResponse("")
    }

    private func sendOwnResponse(_ body: String) async throws {
        try writeResponseHead()
        if request.method != .head {
            responseBodyBytes = body.utf8.count
            try await send(Array(body.utf8))
        } else {
            try await send([])
        }
    }

    /// Serialises `response` into the client's output, with what this hop adds to it.
    func writeResponseHead() throws(ProxyError) {
        if !response.status.isInterim {
            finishResponseHead()
            responseStatus = response.status
        }
        do {
            try client.write(&response)
        } catch {
            throw ProxyError(.internal, .sendingResponse, .other(error))
        }
    }

    /// Adds what every final response has: whether the connection stays, and a date.
    private func finishResponseHead() {
        if client.loop.isDraining || client.loop.departures != nil && !client.canLeave {
            isPersistent = false
        }
        guard response.status != .switchingProtocols else { return }
        if !isPersistent {
            // Behind the head of a tunnel there is no HTTP that could end.
            if !opensTunnel { response.fields.replace(.connection, with: "close") }
        } else if request.version == .http10 {
            response.fields.replace(.connection, with: "keep-alive")
        }
        if !response.fields.contains(.date) {
            let date = memory.dates.bytes(client.loop.realtimeSeconds)
            response.fields.append(.date, bytes: date.span)
        }
    }

    /// The pace at which the client has to take what comes next.
    var pace: ReadingPace {
        ReadingPace(
            rate: options.responseRate, grace: options.clientWrite, taken: client.sentCount)
    }

    /// Sends all of the client's output.
    func flush() async throws { try await send([]) }

    /// Sends the client's output and then `body`.
    private func send(_ body: [UInt8]) async throws {
        var start = 0
        var left = client.output.count + body.count
        var deadline = client.loop.now.advanced(by: options.clientWrite)
        var pace = pace
        while true {
            switch client.send(followedBy: body.span.extracting(start...)) {
            case .bytes(let count):
                start += count
                if start == body.count { return }
            case .wouldBlock:
                // Only what the client takes earns it more time.
                if client.output.count + body.count - start < left {
                    left = client.output.count + body.count - start
                    deadline = client.loop.now.advanced(by: options.clientWrite)
                }
                let slowest = pace.beginWait(at: client.loop.now, taken: client.sentCount)
                guard await client.wait(until: min(deadline, slowest, totalDeadline)) else {
                    throw ProxyError(.downstream, .sendingResponse, .timedOut)
                }
                pace.endWait(at: client.loop.now)
            case .failed(let error):
                throw ProxyError(.downstream, .sendingResponse, .system(error))
            }
        }
    }

    /// A response that comes before the end of the request body leaves that body unread. What is
    /// here already is dropped; if more is to come the connection can't take another request.
    private func dropRequestBody() {
        var reader = BodyReader(limits: options.requestLimits)
        reader.begin(traits.framing)
        while true {
            do {
                switch try reader.next(&client.input) {
                case .payload(let count): client.input.consume(count)
                case .end: return
                case .needsMore: return leaveBodyUnread()
                }
            } catch {
                return leaveBodyUnread()
            }
        }
    }
}
