import Testing

@testable import PingoraHTTP

/// The text of a head, in exactly the room it asks for unless told otherwise.
func text(_ head: RequestHead, room: Int? = nil) throws(SerializationError) -> String {
    var output = [UInt8](repeating: 0xff, count: room ?? head.serializedByteCount)
    var span = output.mutableSpan
    let size = try head.serialize(into: &span)
    return latin1(output[..<size])
}

/// As ``text(_:room:)``, for a response.
func text(_ head: ResponseHead, room: Int? = nil) throws(SerializationError) -> String {
    var output = [UInt8](repeating: 0xff, count: room ?? head.serializedByteCount)
    var span = output.mutableSpan
    let size = try head.serialize(into: &span)
    return latin1(output[..<size])
}

@Suite("HeadSerializer")
struct HeadSerializerTests {
    static let requests: [(String, String)] = [
        ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
        ("\r\nGET / HTTP/1.0\r\n\r\n", "GET / HTTP/1.0\r\n\r\n"),
        ("x /a?b HTTP/1.1\r\nhOsT:a\r\n\r\n", "x /a?b HTTP/1.1\r\nhOsT: a\r\n\r\n"),
        (
            "PUT / HTTP/1.1\r\nhost:\ta \r\nA:\r\nb:\u{e9}\t!\r\n\r\nbody",
            "PUT / HTTP/1.1\r\nhost: a\r\nA: \r\nb: \u{e9}\t!\r\n\r\n"
        ),
        (
            "GET http://b:80/x HTTP/1.1\r\nA: 1\r\nhost: a\r\nB: 2\r\n\r\n",
            "GET http://b:80/x HTTP/1.1\r\nA: 1\r\nHost: b:80\r\nB: 2\r\n\r\n"
        ),
    ]

    @Test("writes a request from its parsed form", arguments: requests)
    func request(input: String, output: String) throws {
        var parser = RequestParser()
        var head = RequestHead()
        _ = try parser.parse(latin1(input).span, into: &head)
        #expect(try text(head) == output)
        var copy = RequestHead(method: .post, target: "/other")
        copy.copy(from: head)
        #expect(try text(copy) == output)
    }

    static let responses: [(String, String)] = [
        ("HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n"),
        ("HTTP/1.0 200\r\n\r\n", "HTTP/1.0 200 OK\r\n\r\n"),
        ("HTTP/1.1 299 \r\n\r\n", "HTTP/1.1 299 \r\n\r\n"),
        ("HTTP/1.1 404 Weg\u{e9}\r\na:b\r\n\r\n", "HTTP/1.1 404 Weg\u{e9}\r\na: b\r\n\r\n"),
    ]

    @Test("writes a response from its parsed form", arguments: responses)
    func response(input: String, output: String) throws {
        var parser = ResponseParser()
        var head = ResponseHead()
        _ = try parser.parse(latin1(input).span, into: &head)
        #expect(try text(head) == output)
        var copy = ResponseHead(status: .found)
        copy.copy(from: head)
        #expect(try text(copy) == output)
    }

    @Test("writes a head that was made here")
    func made() throws {
        var head = RequestHead(method: .options, target: "*")
        head.fields.append(.host, "a")
        #expect(try text(head) == "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try text(RequestHead()) == "GET / HTTP/1.1\r\n\r\n")
        #expect(try text(ResponseHead()) == "HTTP/1.1 200 OK\r\n\r\n")
        let notFound = ResponseHead(status: .notFound)
        #expect(try text(notFound) == "HTTP/1.1 404 Not Found\r\n\r\n")
        #expect(notFound.reason == "Not Found")
    }

    static let injections = [
        "\r", "\n", "\r\n", "a\r\nInjected: b", "a\r\n\r\nGET / HTTP/1.1", "\0", "\u{1}", "\u{7f}",
    ]

    @Test("refuses a value that would end its line", arguments: injections)
    func injectedValue(value: String) throws {
        var request = RequestHead()
        request.fields.append("X-Evil", value)
        #expect(throws: SerializationError.invalidField("X-Evil")) { try text(request) }
        var response = ResponseHead()
        response.fields.replace(.location, with: "/" + value)
        #expect(throws: SerializationError.invalidField(.location)) { try text(response) }
        response.fields.remove(.location)
        #expect(try text(response) == "HTTP/1.1 200 OK\r\n\r\n")
    }

    @Test(
        "refuses a target that would end its line",
        arguments: injections + ["", " ", "/a b", "/#", "/\u{e9}", "/\"", "/ HTTP/1.1\r\nA: b"])
    func injectedTarget(target: String) {
        var head = RequestHead()
        head.target = target
        #expect(throws: SerializationError.invalidTarget) { try text(head) }
    }

    @Test("refuses to write beyond its room")
    func room() throws {
        var request = RequestHead()
        request.fields.append("A", "b")
        #expect(request.serializedByteCount == 24)
        #expect(try text(request, room: 24).utf8.count == 24)
        #expect(try text(request, room: 30).utf8.count == 24)
        for room in 0..<24 {
            #expect(throws: SerializationError.tooLarge) { try text(request, room: room) }
        }
        let response = ResponseHead()
        #expect(response.serializedByteCount == 19)
        for room in 0..<19 {
            #expect(throws: SerializationError.tooLarge) { try text(response, room: room) }
        }
    }

    @Test("an error says what was wrong")
    func messages() {
        let field = SerializationError.invalidField("X-A")
        #expect("\(field)" == "field X-A was set to an invalid value")
        let target = SerializationError.invalidTarget
        #expect("\(target)" == "the request target was set to an invalid value")
        #expect("\(SerializationError.tooLarge)" == "head too large for its buffer")
    }
}
