import PingoraHTTP

/// Heads: read into storage that is used again, and sent on as a proxy does.
let headBenchmarks = [
    Benchmark(name: "request head: parse") { count in
        var parser = RequestParser()
        var head = RequestHead()
        for _ in 0..<count {
            keep((try? parser.parse(HTTPInputs.requestHead.span, into: &head)) ?? 0)
        }
    },
    Benchmark(name: "response head: parse") { count in
        var parser = ResponseParser()
        var head = ResponseHead()
        for _ in 0..<count {
            keep((try? parser.parse(HTTPInputs.responseHead.span, into: &head)) ?? 0)
        }
    },
    Benchmark(name: "request head: copy, change and serialise") { count in
        let head = requestHead(HTTPInputs.requestHead)
        let address = Array("192.0.2.1".utf8)
        var copy = RequestHead()
        var output = [UInt8](repeating: 0, count: 4096)
        for _ in 0..<count {
            copy.copy(from: head)
            HopByHopFields.remove(from: &copy.fields)
            ForwardedFields.set(on: &copy.fields, address: address.span, scheme: "http")
            ForwardedFields.appendVia("pingora", to: &copy.fields)
            var span = output.mutableSpan
            keep((try? copy.serialize(into: &span)) ?? 0)
        }
    },
    Benchmark(name: "response head: copy, change and serialise") { count in
        let head = responseHead(HTTPInputs.responseHead)
        var copy = ResponseHead()
        var output = [UInt8](repeating: 0, count: 4096)
        for _ in 0..<count {
            copy.copy(from: head)
            HopByHopFields.remove(from: &copy.fields)
            var span = output.mutableSpan
            keep((try? copy.serialize(into: &span)) ?? 0)
        }
    },
    Benchmark(name: "hop-by-hop: 32 names, 100 fields") { count in
        let head = requestHead(HTTPInputs.greedyHead)
        var copy = RequestHead()
        for _ in 0..<count {
            copy.copy(from: head)
            HopByHopFields.remove(from: &copy.fields)
            keep(copy.fields.count)
        }
    },
    Benchmark(name: "date: cached") { count in
        var cache = HTTPDateCache()
        for index in 0..<count { keep(cache.bytes(1_767_225_600 + Int64(index >> 20)).count) }
    },
]

/// The head in `bytes`; an empty one if there is none.
func requestHead(_ bytes: [UInt8]) -> RequestHead {
    var parser = RequestParser()
    var head = RequestHead()
    // A wrong input shows in the figures, and in the tests of what it was taken from.
    _ = try? parser.parse(bytes.span, into: &head)
    return head
}

/// The head in `bytes`; an empty one if there is none.
func responseHead(_ bytes: [UInt8]) -> ResponseHead {
    var parser = ResponseParser()
    var head = ResponseHead()
    _ = try? parser.parse(bytes.span, into: &head)
    return head
}
