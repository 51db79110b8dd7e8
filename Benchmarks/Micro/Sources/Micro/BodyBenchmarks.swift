import PingoraHTTP

/// Framing and chunks.
let bodyBenchmarks = [
    Benchmark(name: "framing: request without a body") { count in
        let head = requestHead(HTTPInputs.requestHead)
        for _ in 0..<count {
            let framing = try? BodyFraming.of(
                head.fields, version: head.version, message: .request)
            keep(framing == BodyFraming.none)
        }
    },
    Benchmark(name: "framing: response with a length") { count in
        let head = responseHead(HTTPInputs.responseHead)
        let message = MessageKind.response(status: .ok, requestMethod: .get)
        for _ in 0..<count {
            let framing = try? BodyFraming.of(head.fields, version: head.version, message: message)
            keep(framing == .length(1024))
        }
    },
    Benchmark(name: "persistence: keep-alive") { count in
        let head = requestHead(HTTPInputs.requestHead)
        for _ in 0..<count { keep(Persistence.allows(head.fields, version: head.version)) }
    },
    Benchmark(name: "chunked body: decode 16 chunks of 1 KiB") { count in
        var decoder = ChunkedDecoder()
        let body = HTTPInputs.chunkedBody
        for _ in 0..<count {
            decoder.reset()
            keep(decode(body, &decoder))
        }
    },
    Benchmark(name: "chunk prefix: encode") { count in
        var output = [UInt8](repeating: 0, count: ChunkedEncoder.longestPrefix)
        for index in 0..<count {
            var span = output.mutableSpan
            keep(ChunkedEncoder.writePrefix(count: index + 1, isFirst: false, into: &span))
        }
    },
    Benchmark(name: "last chunk: encode") { count in
        let trailers = Fields()
        var output = [UInt8](repeating: 0, count: 64)
        for _ in 0..<count {
            var span = output.mutableSpan
            keep(
                (try? ChunkedEncoder.writeEnd(isFirst: false, trailers: trailers, into: &span))
                    ?? 0)
        }
    },
]

/// How many bytes of payload `body` has.
private func decode(_ body: [UInt8], _ decoder: inout ChunkedDecoder) -> Int {
    var (start, payload) = (0, 0)
    while true {
        switch try? decoder.next(body.span.extracting(start..<body.count)) {
        case .data(let offset, let count):
            start += offset + count
            payload += count
        case .needsMore, .end, nil: return payload
        }
    }
}
