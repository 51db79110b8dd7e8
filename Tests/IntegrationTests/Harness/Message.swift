/// A request or a response as a peer read it, by a reader that shares no code with the product.
struct Message: Sendable {
    var startLine = ""
    var fields: [(name: String, value: String)] = []
    var body: [UInt8] = []
    var trailers: [(name: String, value: String)] = []
    /// Interim responses that came before.
    var interim: [Message] = []
    /// The head as it came, with the empty line.
    var head = ""

    init(head bytes: [UInt8]) throws {
        head = String(decoding: bytes, as: UTF8.self)
        var lines = head.split(separator: "\r\n", omittingEmptySubsequences: false).map(String.init)
        startLine = lines.removeFirst()
        fields = try lines.prefix { !$0.isEmpty }.map(Message.field)
    }

    /// The status of a response; 0 where the start line has none.
    var status: Int {
        let words = startLine.split(separator: " ")
        guard words.count > 1, words[0].hasPrefix("HTTP/") else { return 0 }
        return Int(words[1]) ?? 0
    }

    var method: String { startLine.split(separator: " ").first.map(String.init) ?? "" }
    var target: String { startLine.split(separator: " ").dropFirst().first.map(String.init) ?? "" }
    var text: String { String(decoding: body, as: UTF8.self) }

    /// All values of a field.
    func values(_ name: String) -> [String] {
        fields.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
    }

    /// The only value of a field; nil if there is none, or more than one.
    subscript(name: String) -> String? {
        let values = values(name)
        return values.count == 1 ? values[0] : nil
    }

    var isChunked: Bool { self["transfer-encoding"]?.lowercased() == "chunked" }
    var contentLength: Int? { self["content-length"].flatMap { Int($0) } }

    static func field(_ line: String) throws -> (name: String, value: String) {
        guard let colon = line.firstIndex(of: ":"), colon != line.startIndex else {
            throw HarnessError("no field: \(line)")
        }
        let value = line[line.index(after: colon)...].trimmingPrefix { $0 == " " }
        return (String(line[..<colon]), String(value))
    }
}

/// Messages off a connection.
extension RawConnection {
    /// Reads a request; nil if the other end stops before its first byte.
    func readRequest() throws -> Message? {
        guard var message = try readHead() else { return nil }
        if message.isChunked {
            try readChunks(into: &message)
        } else {
            try readBody(message.contentLength ?? 0, into: &message)
        }
        return message
    }

    /// Reads a final response and the interim ones before it.
    ///
    /// - Throws: `HarnessError` if it is not complete: what stands for an aborted message.
    func readResponse(to method: String = "GET") throws -> Message {
        var interim: [Message] = []
        while true {
            guard var message = try readHead() else {
                throw HarnessError("no response, \(ending == .reset ? "reset" : "closed")")
            }
            guard message.status < 200, message.status != 101 else {
                message.interim = interim
                try readResponseBody(of: &message, method)
                return message
            }
            interim.append(message)
        }
    }

    private func readResponseBody(of message: inout Message, _ method: String) throws {
        if method == "HEAD" || [101, 204, 304].contains(message.status) { return }
        if message.isChunked {
            try readChunks(into: &message)
        } else if let length = message.contentLength {
            try readBody(length, into: &message)
        } else {
            message.body = try takeAll()
            guard ending == .closed else { throw HarnessError("body ends with a reset") }
        }
    }

    /// Reads a head; nil if the other end stops before its first byte.
    func readHead() throws -> Message? {
        guard let bytes = try take(through: "\r\n\r\n") else {
            guard input.isEmpty else { throw HarnessError("head cut after \(input.count) bytes") }
            return nil
        }
        return try Message(head: bytes)
    }

    private func readBody(_ count: Int, into message: inout Message) throws {
        message.body = try take(count)
        guard message.body.count == count else {
            throw HarnessError("body cut after \(message.body.count) of \(count) bytes")
        }
    }

    private func readChunks(into message: inout Message) throws {
        while true {
            let line = try readLine()
            guard let size = Int(line, radix: 16) else { throw HarnessError("chunk size: \(line)") }
            if size == 0 { break }
            let bytes = try take(size)
            guard bytes.count == size, try readLine().isEmpty else {
                throw HarnessError("chunk cut after \(bytes.count) of \(size) bytes")
            }
            message.body += bytes
        }
        while true {
            let line = try readLine()
            if line.isEmpty { return }
            message.trailers.append(try Message.field(line))
        }
    }

    private func readLine() throws -> String {
        guard let bytes = try take(through: "\r\n") else { throw HarnessError("chunked body cut") }
        return String(decoding: bytes.dropLast(2), as: UTF8.self)
    }
}
