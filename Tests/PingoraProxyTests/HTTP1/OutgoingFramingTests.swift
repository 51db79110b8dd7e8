import PingoraHTTP
import Testing

@testable import PingoraProxy

@Suite("OutgoingFraming")
struct OutgoingFramingTests {
    struct Row: CustomTestStringConvertible {
        let testDescription: String
        let fields: [(FieldName, String)]
        let incoming: BodyFraming
        var client = Version.http11
        let outgoing: BodyFraming
        /// The framing fields that go out.
        let sent: [String]
    }

    private static let length: [(FieldName, String)] = [(.contentLength, "5")]

    static let requests: [Row] = [
        Row(testDescription: "none", fields: [], incoming: .none, outgoing: .none, sent: []),
        Row(
            testDescription: "a length that a filter added", fields: length, incoming: .none,
            outgoing: .length(5), sent: ["5"]),
        Row(
            testDescription: "a length", fields: length, incoming: .length(5),
            outgoing: .length(5), sent: ["5"]),
        Row(
            testDescription: "a length of zero", fields: [(.contentLength, "0")],
            incoming: .length(0), outgoing: .length(0), sent: ["0"]),
        Row(
            testDescription: "a length that a filter changed", fields: [(.contentLength, "7")],
            incoming: .length(5), outgoing: .length(7), sent: ["7"]),
        Row(
            testDescription: "a length that a filter removed", fields: [], incoming: .length(5),
            outgoing: .chunked, sent: ["chunked"]),
        Row(
            testDescription: "a length that a filter spoilt", fields: [(.contentLength, "x")],
            incoming: .length(5), outgoing: .chunked, sent: ["chunked"]),
        Row(
            testDescription: "chunks", fields: [], incoming: .chunked, outgoing: .chunked,
            sent: ["chunked"]),
        Row(
            testDescription: "chunks that a filter counted", fields: length, incoming: .chunked,
            outgoing: .length(5), sent: ["5"]),
    ]

    static let responses: [Row] = [
        Row(testDescription: "none", fields: [], incoming: .none, outgoing: .none, sent: []),
        Row(
            testDescription: "HEAD with a length", fields: length, incoming: .none,
            outgoing: .none, sent: ["5"]),
        Row(
            testDescription: "a length", fields: length, incoming: .length(5),
            outgoing: .length(5), sent: ["5"]),
        Row(
            testDescription: "a length, HTTP/1.0", fields: length, incoming: .length(5),
            client: .http10, outgoing: .length(5), sent: ["5"]),
        Row(
            testDescription: "chunks", fields: [], incoming: .chunked, outgoing: .chunked,
            sent: ["chunked"]),
        Row(
            testDescription: "chunks, HTTP/1.0", fields: [], incoming: .chunked, client: .http10,
            outgoing: .untilClose, sent: []),
        Row(
            testDescription: "until close", fields: [], incoming: .untilClose, outgoing: .chunked,
            sent: ["chunked"]),
        Row(
            testDescription: "until close, HTTP/1.0", fields: [], incoming: .untilClose,
            client: .http10, outgoing: .untilClose, sent: []),
        Row(
            testDescription: "a length that a filter removed", fields: [], incoming: .length(5),
            outgoing: .chunked, sent: ["chunked"]),
    ]

    @Test("frames a request once", arguments: requests)
    func request(_ row: Row) {
        var head = RequestHead(method: .post, target: "/")
        head.version = .http10
        for (name, value) in row.fields { head.fields.append(name, value) }
        #expect(OutgoingFraming.request(&head, incoming: row.incoming) == row.outgoing)
        #expect(head.version == .http11)
        #expect(framing(head.fields) == row.sent)
    }

    @Test("frames a response once, for the version of its client", arguments: responses)
    func response(_ row: Row) {
        var head = ResponseHead(status: .ok)
        for (name, value) in row.fields { head.fields.append(name, value) }
        let outgoing = OutgoingFraming.response(
            &head, incoming: row.incoming, client: row.client)
        #expect(outgoing == row.outgoing)
        #expect(head.version == .http11)
        #expect(framing(head.fields) == row.sent)
    }

    private func framing(_ fields: Fields) -> [String] {
        fields.values(of: .contentLength) + fields.values(of: .transferEncoding)
    }
}
