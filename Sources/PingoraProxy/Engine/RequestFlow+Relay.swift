import PingoraCore
import PingoraHTTP

/// Copying bodies, both ways at once, with bounded buffers. The only duplex code.
extension RequestFlow {
    /// Relays until the response has been sent, or both directions of a tunnel have ended.
    func relayBodies(_ context: inout Logic.Context) async throws {
        guard let upstream else { return }
        noteProgress()
        pace = session.pace
        while true {
            if isUploading {
                let step = try stepUpload(to: upstream)
                if step.needsFilter {
                    try await filterUpload(step, to: upstream, &context)
                    continue
                }
            }
            let step = try stepDownload(from: upstream)
            if step.needsFilter {
                try await filterDownload(step, from: upstream, &context)
                continue
            }
            if isTunnel, try passEndsOn(upstream) { continue }
            if download.isDone, !isTunnel || upload.isDone { break }
            if client.loop.departures != nil, depart(with: upstream) { return }
            beginWait(upstream)
            guard await client.wait(until: relayDeadline(upstream)) else {
                throw relayTimeout(upstream)
            }
            endWait()
            pace.endWait(at: client.loop.now)
            // Where both have ended their sides the client has not left: what it sent still waits.
            if client.isBroken, !hasEndedDownload {
                throw ProxyError(.downstream, .relaying, .closedEarly)
            }
        }
        if !upload.isDone { session.leaveBodyUnread() }
    }

    private var isTunnel: Bool { if case .switched = upgrade { true } else { false } }

    /// In a tunnel each direction may end alone. The client's begins where its request ends.
    ///
    /// - Returns: true if there may be something to move at once.
    private func passEndsOn(_ upstream: Connection) throws(ProxyError) -> Bool {
        if let uploadFailure { throw uploadFailure }
        if upload.isDone, !hasBegunTunnel {
            hasBegunTunnel = true
            upload.begin(.untilClose, as: .untilClose, isFiltered: uses(.requestBodyFilter))
            return true
        }
        if upload.isDone, !hasEndedUpload {
            hasEndedUpload = true
            upstream.finishSending()
        }
        if download.isDone, !hasEndedDownload {
            hasEndedDownload = true
            client.finishSending()
        }
        return false
    }

    private func relayDeadline(_ upstream: Connection) -> MonotonicTime {
        let options = session.options
        guard !isTunnel else { return quietSince.advanced(by: options.tunnelIdle) }
        if download.isBlocked(by: client) {
            let next = quietSince.advanced(by: options.clientWrite)
            let slowest = pace.beginWait(at: client.loop.now, taken: client.sentCount)
            return min(next, slowest, session.totalDeadline)
        }
        let next = quietSince.advanced(by: peer?.timeouts.read ?? options.clientWrite)
        let deadline = isUploadLate(by: next, upstream) ? uploadDeadline : next
        return min(deadline, session.totalDeadline)
    }

    /// Whether the request body, which is still on its way, would be late before `deadline`.
    private func isUploadLate(by deadline: MonotonicTime, _ upstream: Connection) -> Bool {
        isUploading && !upload.isBlocked(by: upstream) && uploadDeadline < deadline
    }

    private func relayTimeout(_ upstream: Connection) -> ProxyError {
        let isClientSlow =
            download.isBlocked(by: client) || isUploadLate(by: client.loop.now, upstream)
        let isOutOfTime = !isTunnel && session.isOutOfTime
        return ProxyError(
            isClientSlow ? .downstream : .upstream, .relaying,
            isOutOfTime ? .outOfTime : .timedOut)
    }

    /// Whether the request body is still on its way.
    var isUploading: Bool { !upload.isDone && uploadFailure == nil }

    /// Moves the request body up until it needs the filters or can't go on.
    func stepUpload(to upstream: Connection) throws(ProxyError) -> BodyPump.Step {
        do {
            let step = try upload.step(from: client, to: upstream)
            session.requestBodyBytes = upload.byteCount
            if upload.hasMoved { noteProgress() }
            if upload.hasMore { client.waker.wake() }
            return step
        } catch {
            switch error {
            case .source(let cause): throw ProxyError(.downstream, .sendingRequest, cause)
            case .destination(let cause): failUpload(cause, upstream)
            }
            return .wait
        }
    }

    /// The server takes no more of the request. It may have answered before that: its response
    /// decides.
    func failUpload(_ cause: ProxyError.Cause, _ upstream: Connection) {
        uploadFailure = ProxyError(.upstream, .sendingRequest, cause, retry: .ifReused)
        upstream.output.removeAll()
    }

    /// Takes a piece of the request body, or its end, through the filters.
    func filterUpload(
        _ step: BodyPump.Step, to upstream: Connection, _ context: inout Logic.Context
    ) async throws {
        guard case .filter(let count) = step else {
            return try await filterUploadEnd(to: upstream, &context)
        }
        var chunk = client.input.view(count)
        try await logic.requestBodyFilter(session, &chunk, isEnd: false, &context)
        do {
            if let bytes = chunk.replacement {
                try upload.replace(bytes, count: count, from: client, to: upstream)
            } else {
                try upload.pass(count, from: client, to: upstream)
            }
        } catch {
            throw ProxyError(.internal, .sendingRequest, error.cause)
        }
    }

    private func filterUploadEnd(
        to upstream: Connection, _ context: inout Logic.Context
    ) async throws {
        var end: [UInt8] = []
        if uses(.requestBodyFilter) {
            var chunk = client.input.view(0)
            try await logic.requestBodyFilter(session, &chunk, isEnd: true, &context)
            end = chunk.replacement ?? []
        }
        do {
            try upload.append(end, to: upstream)
            try upload.finish(trailers: requestTrailers, to: upstream)
        } catch {
            throw ProxyError(.internal, .sendingRequest, error.cause)
        }
    }

    /// Those of the client's, without what its Connection lists.
    private var requestTrailers: Fields {
        guard upload.reader.hasTrailers else { return Fields() }
        var trailers = upload.reader.trailers
        ListedTrailers(session.request.fields)?.remove(from: &trailers)
        return trailers
    }

    /// Moves the response body down until it needs a filter or can't go on.
    private func stepDownload(from upstream: Connection) throws(ProxyError) -> BodyPump.Step {
        do {
            let step = try download.step(from: upstream, to: client)
            session.responseBodyBytes = download.byteCount
            if download.hasMoved { noteProgress() }
            if download.hasMore { client.waker.wake() }
            return step
        } catch {
            switch error {
            case .source(let cause): throw ProxyError(.upstream, .relaying, cause)
            case .destination(let cause): throw ProxyError(.downstream, .relaying, cause)
            }
        }
    }

    /// Takes a piece of the response body, or its end, through the filters.
    private func filterDownload(
        _ step: BodyPump.Step, from upstream: Connection, _ context: inout Logic.Context
    ) async throws {
        guard case .filter(let count) = step else {
            return try await filterDownloadEnd(upstream, &context)
        }
        var chunk = upstream.input.view(count)
        try logic.upstreamResponseBodyFilter(session, &chunk, isEnd: false, &context)
        let delay = try logic.responseBodyFilter(session, &chunk, isEnd: false, &context)
        do {
            if let bytes = chunk.replacement {
                try download.replace(bytes, count: count, from: upstream, to: client)
            } else {
                try download.pass(count, from: upstream, to: client)
            }
        } catch {
            throw ProxyError(.internal, .relaying, error.cause)
        }
        if let delay { try await pause(delay) }
    }

    private func filterDownloadEnd(
        _ upstream: Connection, _ context: inout Logic.Context
    ) async throws {
        var end: [UInt8] = []
        if uses(.responseBody) {
            var chunk = upstream.input.view(0)
            try logic.upstreamResponseBodyFilter(session, &chunk, isEnd: true, &context)
            _ = try logic.responseBodyFilter(session, &chunk, isEnd: true, &context)
            end = chunk.replacement ?? []
        }
        var trailers = Fields()
        if download.reader.hasTrailers {
            trailers = download.reader.trailers
            try logic.upstreamResponseTrailerFilter(session, &trailers, &context)
            responseTraits.listedTrailers?.remove(from: &trailers)
            try await logic.responseTrailerFilter(session, &trailers, &context)
        }
        do {
            try download.append(end, to: client)
            try download.finish(trailers: trailers, to: client)
        } catch {
            throw ProxyError(.internal, .relaying, error.cause)
        }
    }

    /// Holds the response back for `delay`; events go on being noted meanwhile.
    private func pause(_ delay: Duration) async throws(ProxyError) {
        upstream?.reclaimEmptyBuffers()
        let end = client.loop.now.advanced(by: TimeLimit(delay))
        let deadline = isTunnel ? end : min(end, session.totalDeadline)
        while await client.wait(until: deadline) {}
        if !isTunnel { try requireTime(.relaying) }
    }
}
