import PingoraHTTP
import Testing

@testable import PingoraProxy

@Suite("RetryPolicy")
struct RetryPolicyTests {
    struct Row: CustomTestStringConvertible {
        let testDescription: String
        let isAllowed: Bool
        var failure: RetryPolicy.Failure

        init(_ name: String, _ isAllowed: Bool, _ change: (inout RetryPolicy.Failure) -> Void) {
            testDescription = name
            self.isAllowed = isAllowed
            failure = RetryPolicy.Failure(
                retry: .always, tries: 1, maximumTries: 16, isReused: false, method: .get,
                hasSentRequest: false, hasTakenBody: false, hasResponded: false)
            change(&failure)
        }
    }

    static let retryability: [Row] = [
        Row("always", true) { _ in },
        Row("never", false) { $0.retry = .never },
        Row("if reused, and it was", true) { ($0.retry, $0.isReused) = (.ifReused, true) },
        Row("if reused, and it was not", false) { $0.retry = .ifReused },
        Row("never, though it was reused", false) { ($0.retry, $0.isReused) = (.never, true) },
        Row("last but one try", true) { $0.tries = 15 },
        Row("last try", false) { $0.tries = 16 },
        Row("beyond the last try", false) { $0.tries = 17 },
        Row("one try in all", false) { $0.maximumTries = 1 },
        Row("part of the body is taken", false) { $0.hasTakenBody = true },
        Row("part of a response is out", false) { $0.hasResponded = true },
        Row("POST, not sent", true) { $0.method = .post },
        Row("POST, not sent, reused", true) {
            ($0.method, $0.retry, $0.isReused) = (.post, .ifReused, true)
        },
        Row("POST, sent, reused", false) {
            ($0.method, $0.retry, $0.isReused, $0.hasSentRequest) = (.post, .ifReused, true, true)
        },
        Row("POST, body taken, not sent", false) { ($0.method, $0.hasTakenBody) = (.post, true) },
    ]

    /// A request that was sent is sent again only where that changes nothing (RFC 9110 §9.2.2).
    static let methods: [Row] = [
        (Method.get, true), (.head, true), (.options, true), (.trace, true), (.put, true),
        (.delete, true), (.post, false), (.patch, false), (.connect, false),
        (Method("LOCK") ?? .post, false),
    ].map { method, isAllowed in
        Row("\(method), sent", isAllowed) { ($0.method, $0.hasSentRequest) = (method, true) }
    }

    @Test("allows another try only where nobody notices", arguments: retryability + methods)
    func allows(_ row: Row) {
        #expect(RetryPolicy.allowsRetry(row.failure) == row.isAllowed)
    }
}
