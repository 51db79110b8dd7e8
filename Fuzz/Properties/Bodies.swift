import PingoraHTTP

/// A chunked body that was taken off and put on again is the same body, and its trailers hold
/// nothing that may not be one.
func checkChunkedBody(_ input: [UInt8]) throws(Violation) {
    guard let body = try decode(input) else { return }
    let forbidden: [FieldName] = [
        .transferEncoding, .contentLength, .host, .connection, .authorization, .cookie,
        .xForwardedFor, .forwarded, "proxy-authorization",
    ]
    for name in forbidden {
        try require(!body.trailers.contains(name), "trailer \(name)")
    }
    guard let sent = encode(body) else { throw Violation(message: "can't be sent") }
    guard let again = try decode(sent) else { throw Violation(message: "can't be read back") }
    try require(again.size == sent.count, "\(again.size) of \(sent.count) bytes are read back")
    try require(again.payload == body.payload, "the payload changes")
    try require(again.trailers.values == body.trailers.values, "the trailers change")
}

private struct Body {
    var payload: [[UInt8]] = []
    var trailers = Fields()
    var size = 0
}

extension Fields {
    fileprivate var values: [[String]] { all.map { [$0.name, $0.value] } }
}

/// The chunks of a body; nil if it is wrong or incomplete.
private func decode(_ input: [UInt8]) throws(Violation) -> Body? {
    var decoder = ChunkedDecoder()
    var body = Body()
    while true {
        let rest = input.span.extracting(body.size..<input.count)
        guard let event = try? decoder.next(rest) else { return nil }
        switch event {
        case .needsMore(let consumed):
            try require(consumed == rest.count, "\(consumed) of \(rest.count) consumed")
            return nil
        case .data(let offset, let count):
            try require(offset >= 0 && count > 0, "data of \(count) bytes at \(offset)")
            try require(offset + count <= rest.count, "data beyond the input")
            let start = body.size + offset
            body.payload.append(Array(input[start..<start + count]))
            body.size = start + count
        case .end(let consumed):
            try require(0...rest.count ~= consumed, "ends at \(consumed) of \(rest.count)")
            body.size += consumed
            body.trailers = decoder.trailers
            return body
        }
    }
}

private func encode(_ body: Body) -> [UInt8]? {
    var sent: [UInt8] = []
    for payload in body.payload {
        var prefix = [UInt8](repeating: 0, count: ChunkedEncoder.longestPrefix)
        var span = prefix.mutableSpan
        let count = ChunkedEncoder.writePrefix(
            count: payload.count, isFirst: sent.isEmpty, into: &span)
        sent += prefix[..<count] + payload
    }
    guard let end = ChunkedEncoder.end(isFirst: sent.isEmpty, trailers: body.trailers) else {
        return nil
    }
    return sent + end
}

/// How a request is framed agrees with a reading of its text that knows no ids and no bits, and
/// with what the next hop makes of the head that is sent on.
func checkFraming(_ input: [UInt8]) throws(Violation) {
    var parser = RequestParser()
    var head = RequestHead()
    guard (try? parser.parse(input.span, into: &head)) != nil else { return }
    let framing = framing(head)
    var lengths: [String] = []
    var codings: [String] = []
    for (name, value) in head.fields.all {
        if name.lowercased() == "content-length" { lengths.append(value) }
        if name.lowercased() == "transfer-encoding" { codings.append(value.lowercased()) }
    }
    switch framing {
    case .none?: try require(lengths.isEmpty && codings.isEmpty, "none: \(lengths) \(codings)")
    case .chunked?: try require(lengths.isEmpty && codings == ["chunked"], "\(codings)")
    case .length(let count)?: try require(lengths == ["\(count)"] && codings.isEmpty, "\(lengths)")
    case .untilClose?: throw Violation(message: "a request until close")
    case nil: try require(!lengths.isEmpty || !codings.isEmpty, "refused without a reason")
    }
    guard let framing else { return }
    var limits = ParseLimits()
    limits.headBytes = 128 * 1024
    var next = RequestParser(limits: limits)
    let sent = head.serialized() ?? []
    _ = try? next.parse(sent.span, into: &head)
    try require(framing == HTTPProperties.framing(head), "the next hop frames it differently")
    // Hop-by-hop removal takes the coding, and never the length.
    HopByHopFields.remove(from: &head.fields)
    let length = head.fields.contentLength
    try require(framing == .chunked || length == lengths.first.flatMap { Int($0) }, "length lost")
}

private func framing(_ head: RequestHead) -> BodyFraming? {
    try? BodyFraming.of(head.fields, version: head.version, message: .request)
}

/// A stream has the same transcript however it is cut: byte 0 chooses what it is, byte 1 the size
/// of the pieces, byte 2 where the first one ends.
func checkSplit(_ input: [UInt8]) throws(Violation) {
    guard input.count > 3 else { return }
    let kinds: [StreamKind] = [
        .requests, .responses(to: .get), .responses(to: .head), .responses(to: .connect),
        .forwarding,
    ]
    let kind = kinds[Int(input[0]) % kinds.count]
    let bytes = Array(input[3...])
    let first = Int(input[2]) % bytes.count
    let ends = Array(stride(from: first, to: bytes.count, by: Int(input[1]) + 1)) + [bytes.count]
    let whole = Transcript.of(bytes, as: kind, ends: [bytes.count])
    let split = Transcript.of(bytes, as: kind, ends: ends)
    try require(whole == split, "whole: \(whole), split: \(split)")
}
