import PingoraCore
import PingoraHTTP

/// Copying bodies, both ways at once, with bounded buffers. The only duplex code.
extension RequestFlow {
    /// Relays until the response has been sent, or both directions of a tunnel have ended.
    func relayBodies(_ context: inout Logic.Context) async throws {
        guard let upstream, let peer else { return }
        while true {
            let movedUp = upload.isDone ? false : try await pumpUpload(&context)
            let movedDown = try await pumpDownload(from: upstream, &context)
            if isTunnel { passEndsOn(upstream) }
            if download.isDone, !isTunnel || upload.isDone { break }
            if movedUp || movedDown { continue }
            try await waitForEither(upstream, peer)
        }
        if !upload.isDone { session.isPersistent = false }
    }

    private var isTunnel: Bool { if case .switched = upgrade { true } else { false } }

    /// In a tunnel each direction may end alone.
    private func passEndsOn(_ upstream: Connection) {
        if upload.isDone, !hasEndedUpload {
            hasEndedUpload = true
            upstream.finishSending()
        }
        if download.isDone, !hasEndedDownload {
            hasEndedDownload = true
            client.finishSending()
        }
    }

    private func waitForEither(_ upstream: Connection, _ peer: HTTPPeer) async throws(ProxyError) {
        let waitsForClient = download.isBlocked(by: client)
        let limit =
            isTunnel
            ? session.options.tunnelIdle
            : waitsForClient ? session.options.clientWrite : peer.timeouts.read
        guard await client.wait(until: client.loop.now.advanced(by: limit)) else {
            throw ProxyError(waitsForClient ? .downstream : .upstream, .relaying, .timedOut)
        }
        if client.isBroken { throw ProxyError(.downstream, .relaying, .closedEarly) }
    }

    /// Moves the request body up as far as it goes; true if anything moved.
    func pumpUpload(_ context: inout Logic.Context) async throws -> Bool {
        guard let upstream, !upload.isDone, uploadFailure == nil else { return false }
        var hasMoved = false
        do {
            while true {
                let step = try upload.step(from: client, to: upstream)
                session.requestBodyBytes = upload.byteCount
                hasMoved = hasMoved || upload.hasMoved
                switch step {
                case .wait, .done: return hasMoved
                case .filter(let count):
                    try await filterUpload(count, to: upstream, &context)
                case .filterEnd:
                    try await filterUploadEnd(to: upstream, &context)
                }
            }
        } catch let failure as BodyPump.Failure {
            switch failure {
            case .source(let cause): throw ProxyError(.downstream, .sendingRequest, cause)
            case .destination(let cause):
                // The server may have answered before it stopped reading: look for that first.
                uploadFailure = ProxyError(.upstream, .sendingRequest, cause, retry: .ifReused)
                upstream.output.removeAll()
                return true
            }
        }
    }

    private func filterUpload(
        _ count: Int, to upstream: Connection, _ context: inout Logic.Context
    ) async throws {
        var chunk = client.input.view(count)
        try await logic.requestBodyFilter(session, &chunk, isEnd: false, &context)
        if let bytes = chunk.replacement {
            try upload.replace(bytes, count: count, from: client, to: upstream)
        } else {
            try upload.pass(count, from: client, to: upstream)
        }
    }

    private func filterUploadEnd(
        to upstream: Connection, _ context: inout Logic.Context
    ) async throws {
        if uses(.requestBodyFilter) {
            var chunk = client.input.view(0)
            try await logic.requestBodyFilter(session, &chunk, isEnd: true, &context)
            try upload.append(chunk.replacement ?? [], to: upstream)
        }
        try upload.finish(trailers: upload.reader.trailers, to: upstream)
    }

    /// Moves the response body down as far as it goes; true if anything moved.
    private func pumpDownload(
        from upstream: Connection, _ context: inout Logic.Context
    ) async throws -> Bool {
        guard !download.isDone else { return false }
        var hasMoved = false
        do {
            while true {
                let step = try download.step(from: upstream, to: client)
                session.responseBodyBytes = download.byteCount
                hasMoved = hasMoved || download.hasMoved
                switch step {
                case .wait, .done: return hasMoved
                case .filter(let count):
                    try await filterDownload(count, from: upstream, &context)
                case .filterEnd:
                    try await filterDownloadEnd(upstream, &context)
                }
            }
        } catch let failure as BodyPump.Failure {
            switch failure {
            case .source(let cause): throw ProxyError(.upstream, .relaying, cause)
            case .destination(let cause): throw ProxyError(.downstream, .relaying, cause)
            }
        }
    }

    private func filterDownload(
        _ count: Int, from upstream: Connection, _ context: inout Logic.Context
    ) async throws {
        var chunk = upstream.input.view(count)
        try logic.upstreamResponseBodyFilter(session, &chunk, isEnd: false, &context)
        let delay = try logic.responseBodyFilter(session, &chunk, isEnd: false, &context)
        if let bytes = chunk.replacement {
            try download.replace(bytes, count: count, from: upstream, to: client)
        } else {
            try download.pass(count, from: upstream, to: client)
        }
        if let delay { await pause(delay) }
    }

    private func filterDownloadEnd(
        _ upstream: Connection, _ context: inout Logic.Context
    ) async throws {
        if uses(.responseBody) {
            var chunk = upstream.input.view(0)
            try logic.upstreamResponseBodyFilter(session, &chunk, isEnd: true, &context)
            _ = try logic.responseBodyFilter(session, &chunk, isEnd: true, &context)
            try download.append(chunk.replacement ?? [], to: client)
        }
        guard download.reader.hasTrailers else {
            return try download.finish(trailers: Fields(), to: client)
        }
        var trailers = download.reader.trailers
        try logic.upstreamResponseTrailerFilter(session, &trailers, &context)
        try await logic.responseTrailerFilter(session, &trailers, &context)
        try download.finish(trailers: trailers, to: client)
    }

    /// Holds the response back for `delay`; events go on being noted meanwhile.
    private func pause(_ delay: Duration) async {
        let end = client.loop.now.advanced(by: TimeLimit(delay))
        while await client.wait(until: end) {}
    }
}
