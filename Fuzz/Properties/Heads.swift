import PingoraHTTP

/// A request head that was accepted is what the next hop will read: sendable, with a method, a
/// target, one host, and as many lines as fields.
func checkRequestHead(_ input: [UInt8]) throws(Violation) {
    var parser = RequestParser()
    var head = RequestHead()
    guard let size = try? parser.parse(input.span, into: &head) else { return }
    try require(16...input.count ~= size, "size \(size) of \(input.count)")
    try require(input[size - 2] == 0x0d && input[size - 1] == 0x0a, "ends at no line end")
    let limits = ParseLimits.request
    try require(head.fields.count <= limits.fieldCount, "\(head.fields.count) fields")
    let targetCount = head.withTarget { $0.count }
    try require(1...limits.targetBytes ~= targetCount, "target of \(targetCount) bytes")
    let hosts = head.fields.values(of: .host)
    try require(hosts.count <= 1, "\(hosts.count) hosts")
    try require(hosts.count == 1 || head.version == .http10, "no host")
    try require(hosts.allSatisfy { !$0.isEmpty && !$0.contains(where: isNoHost) }, "\(hosts)")
    try checkLines(head.serialized(), head.fields.count)
}

private func isNoHost(_ character: Character) -> Bool { "/@?#, \t\\".contains(character) }

/// A response head that was accepted can be sent on, with as many lines as fields.
func checkResponseHead(_ input: [UInt8]) throws(Violation) {
    var parser = ResponseParser()
    var head = ResponseHead()
    guard let size = try? parser.parse(input.span, into: &head) else { return }
    try require(15...input.count ~= size, "size \(size) of \(input.count)")
    try require(100...999 ~= head.status.code, "status \(head.status)")
    try require(head.fields.count <= ParseLimits.response.fieldCount, "too many fields")
    try checkLines(head.serialized(), head.fields.count)
}

/// A sent head has the first line, one for each field and an empty one; every CR has its LF.
private func checkLines(_ sent: [UInt8]?, _ fieldCount: Int) throws(Violation) {
    guard let sent else { throw Violation(message: "can't be sent") }
    let returns = sent.indices.filter { sent[$0] == 0x0d }
    let feeds = sent.indices.filter { sent[$0] == 0x0a }
    try require(returns.map { $0 + 1 } == feeds, "a bare CR or LF")
    try require(feeds.count == fieldCount + 2, "\(feeds.count) lines, \(fieldCount) fields")
    try require(!sent.contains(0), "a NUL")
}

/// What is sent is read back as the same: parse(serialise(x)) == x, for both kinds of head.
func checkRoundTrip(_ input: [UInt8]) throws(Violation) {
    // A sent line may be a byte longer than it came, for the space behind the colon.
    var limits = ParseLimits()
    limits.headBytes = 128 * 1024
    limits.fieldCount = ParseLimits.response.fieldCount
    var requests = RequestParser()
    var responses = ResponseParser()
    var (request, again) = (RequestHead(), RequestHead())
    var (response, another) = (ResponseHead(), ResponseHead())
    if (try? requests.parse(input.span, into: &request)) != nil {
        var parser = RequestParser(limits: limits)
        let sent = request.serialized() ?? []
        let size = try? parser.parse(sent.span, into: &again)
        try require(size == sent.count, "a request is read back as \(size ?? -1) bytes")
        try require(again.serialized() == sent, "a request changes")
        try require(again.method == request.method, "method")
        try require(again.target == request.target && again.path == request.path, "target")
    }
    if (try? responses.parse(input.span, into: &response)) != nil {
        var parser = ResponseParser(limits: limits)
        let sent = response.serialized() ?? []
        let size = try? parser.parse(sent.span, into: &another)
        try require(size == sent.count, "a response is read back as \(size ?? -1) bytes")
        try require(another.serialized() == sent, "a response changes")
        try require(another.reason == response.reason, "reason")
    }
}
