import Synchronization
import Testing

@testable import PingoraCore
@testable import PingoraLB

/// What the simulated kernel takes on trust: checks over sockets of the real one.
@Suite("Health checks over loopback")
struct LoopbackCheckTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        var isListening = true
        var answer = ""
        var ending = BlockingOrigin.Ending.close
        let failure: HealthCheckFailure?
        var testDescription: String { name }
    }

    private static let head = "HTTP/1.1 200 OK\r\n"
    private static let line = "A: \(String(repeating: "b", count: 1000))\r\n"

    static let rows = [
        Row(name: "answers", answer: head + "Content-Length: 2\r\n\r\nok", failure: nil),
        Row(
            name: "answers and stays", answer: head + "Content-Length: 2\r\n\r\nok", ending: .wait,
            failure: nil),
        Row(
            name: "refuses", isListening: false,
            failure: .connection("connect: connection refused (ECONNREFUSED)")),
        Row(name: "is silent", ending: .wait, failure: .timedOut),
        Row(
            name: "closes",
            failure: .answer("connection closed before the end of the answer's head")),
        Row(
            name: "garbage", answer: "SSH-2.0-OpenSSH\r\n", ending: .wait,
            failure: .answer("malformed answer: invalid HTTP version at offset 0")),
        Row(
            name: "an endless head", answer: head, ending: .repeats(line),
            failure: .answer("malformed answer: head too large at offset 16384")),
        Row(
            name: "an endless body", answer: head + "\r\n", ending: .repeats("no "),
            failure: .answer(#"body without "ok" in its first 64 KiB"#)),
        Row(
            name: "half a body", answer: head + "Content-Length: 3\r\n\r\nok", ending: .wait,
            failure: .timedOut),
    ]

    /// Begins `check` on `loop`; `told` hears what comes of it.
    private func begin(
        _ check: some HealthCheck, of origin: BlockingOrigin, on loop: EventLoop,
        _ told: @escaping @Sendable (HealthCheckFailure?) -> Void
    ) {
        let backend = Backend(origin.address)
        loop.execute {
            loop.spawn {
                do throws(HealthCheckFailure) {
                    try await check.check(backend, on: loop, timeout: .milliseconds(500))
                    told(nil)
                } catch {
                    told(error)
                }
            }
        }
    }

    @Test("HTTP: tells what is wrong in time and closes the connection", arguments: rows)
    func http(row: Row) throws {
        let origin = try #require(BlockingOrigin(listens: row.isListening))
        let loop = try LoopForTests()
        var check = HTTPHealthCheck(path: "/up")
        check.expectedBody = "ok"
        let hasEnded = Semaphore()
        let failures = Mutex<[HealthCheckFailure?]>([])
        begin(check, of: origin, on: loop.loop) { failure in
            failures.withLock { $0.append(failure) }
            hasEnded.signal()
        }
        if row.isListening {
            // Returns, for the check has closed its end.
            #expect(origin.serve(row.answer, then: row.ending)?.hasPrefix("GET /up ") == true)
        }
        hasEnded.wait(atMost: .seconds(10))
        #expect(failures.withLock { $0 } == [row.failure])
        #expect(loop.loop.connectionCount.load(ordering: .relaxed) == 0)
    }

    @Test(
        "TCP: closes without a reset, even where a greeting comes", arguments: ["", "220 hi\r\n"])
    func tcp(greeting: String) throws {
        let origin = try #require(BlockingOrigin())
        let loop = try LoopForTests()
        let hasEnded = Semaphore()
        let failures = Mutex<[HealthCheckFailure?]>([])
        begin(TCPHealthCheck(), of: origin, on: loop.loop) { failure in
            failures.withLock { $0.append(failure) }
            hasEnded.signal()
        }
        #expect(origin.greet(greeting) == 0)
        hasEnded.wait(atMost: .seconds(10))
        #expect(failures.withLock { $0 } == [nil])
    }
}
