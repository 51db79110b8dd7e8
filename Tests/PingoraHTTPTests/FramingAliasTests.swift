import Testing

@testable import PingoraHTTP

@Suite("FramingAlias")
struct FramingAliasTests {
    static let refused = [
        "Content_Length: 5", "content_length: 5", "CONTENT_LENGTH: 5", "Transfer_Encoding: chunked",
        "transfer_encoding: chunked", "Content_Length:",
    ]

    @Test("refuses a request with a name that CGI takes for framing", arguments: refused)
    func refuses(line: String) {
        #expect(
            request("GET / HTTP/1.1\r\nHost: a\r\n\(line)\r\n\r\n")
                == .rejected(ParseError(.framingAlias, at: 25)))
    }

    static let accepted = [
        "Content_Type: a", "Content_Lengths: 5", "Content-Length_: 5",
        "Xontent_Length: 5", "Transfer_Encodin: a",
    ]

    @Test("accepts other names with underscores", arguments: accepted)
    func accepts(line: String) {
        let text = "GET / HTTP/1.1\r\nHost: a\r\n\(line)\r\n\r\n"
        #expect(request(text) == .accepted("GET / HTTP/1.1|Host: a|\(line)", text.utf8.count))
    }
}
