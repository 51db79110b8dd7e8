import TestSupport
import Testing

@testable import PingoraCore
@testable import PingoraLB

/// What a server can do to a check: each is an outcome in time, and nothing stays open.
@Suite("Health checks of faulty backends")
struct HealthCheckFaultTests {
    struct Fault: Sendable, CustomTestStringConvertible {
        let name: String
        var address = SimulatedOrigin.address
        var script: [ScriptStep] = []
        /// Any of these, as it may be told in several ways; none: the check passes.
        let failures: Set<HealthCheckFailure>
        var testDescription: String { name }
    }

    private final class Outcome {
        var failure: HealthCheckFailure?
        /// How long it took, on the kernel's clock; nil while it runs.
        var seconds: Double?
    }

    private static let asked = ScriptStep.receive(
        "GET /up HTTP/1.1\r\nHost: 127.0.0.1:9000\r\nUser-Agent: pingora-lb-health-check\r\n"
            + "Connection: close\r\n\r\n")
    private static let refused = HealthCheckFailure.connection(
        "connect: connection refused (ECONNREFUSED)")
    private static let reset = HealthCheckFailure.connection(
        "recv: connection reset by peer (ECONNRESET)")
    private static let noHead = HealthCheckFailure.answer(
        "connection closed before the end of the answer's head")
    private static let noBody = HealthCheckFailure.answer(
        "connection closed before the end of the answer's body")
    private static let head = "HTTP/1.1 200 OK\r\n"
    private static let chunked = head + "Transfer-Encoding: chunked\r\n\r\n"

    private static func many(_ text: String, bytes: Int) -> String {
        String(repeating: text, count: bytes / text.utf8.count + 1)
    }

    /// Checked for a status of 200 and a body with `ok`, within 2 s.
    static let faults = [
        Fault(name: "none", script: [asked, .send(head + "\r\nok"), .finishSending], failures: []),
        Fault(name: "refuses", address: SimulatedOrigin.deadAddress, failures: [refused]),
        Fault(name: "swallows", address: SimulatedOrigin.silentAddress, failures: [.timedOut]),
        Fault(name: "is silent", script: [.pause(seconds: 60)], failures: [.timedOut]),
        Fault(
            name: "hears and is silent", script: [asked, .pause(seconds: 60)], failures: [.timedOut]
        ),
        Fault(name: "closes", script: [asked, .close], failures: [noHead]),
        Fault(
            name: "closes at once", script: [.close],
            failures: [
                noHead, reset, .connection("send: broken pipe (EPIPE)"),
                .connection("send: connection reset by peer (ECONNRESET)"),
            ]),
        Fault(name: "resets", script: [asked, .reset], failures: [reset]),
        Fault(
            name: "garbage", script: [asked, .send("SSH-2.0-OpenSSH\r\n")],
            failures: [.answer("malformed answer: invalid HTTP version at offset 0")]),
        Fault(name: "half a head", script: [asked, .send(head), .close], failures: [noHead]),
        Fault(name: "a head that drips", script: [asked, .drip(head)], failures: [.timedOut]),
        Fault(
            name: "an endless head",
            script: [asked, .send(head + many("A: \(many("b", bytes: 1000))\r\n", bytes: 40_000))],
            failures: [.answer("malformed answer: head too large at offset 16384")]),
        Fault(
            name: "endless fields", script: [asked, .send(head + many("A: b\r\n", bytes: 40_000))],
            failures: [.answer("malformed answer: too many fields at offset 1217")]),
        Fault(
            name: "endless interims",
            script: [asked, .send(many("HTTP/1.1 100 Continue\r\n\r\n", bytes: 40_000))],
            failures: [.answer("more than 16 interim responses")]),
        Fault(
            name: "two lengths",
            script: [asked, .send(head + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n")],
            failures: [.answer("malformed answer: more than one Content-Length at offset 52")]),
        Fault(
            name: "an error that hangs",
            script: [
                asked, .send("HTTP/1.1 503 No\r\nContent-Length: 9\r\n\r\n"), .pause(seconds: 60),
            ], failures: [.answer("status 503, expected 200")]),
        Fault(
            name: "another body", script: [asked, .send(head + "Content-Length: 2\r\n\r\nno")],
            failures: [.answer(#"body without "ok", it begins with "no""#)]),
        Fault(
            name: "a switch", script: [asked, .send("HTTP/1.1 101 Switching Protocols\r\n\r\n")],
            failures: [.answer("status 101, expected 200")]),
        Fault(
            name: "half a body",
            script: [asked, .send(head + "Content-Length: 9\r\n\r\nok"), .close], failures: [noBody]
        ),
        Fault(
            name: "half a chunk", script: [asked, .send(chunked + "9\r\nok"), .close],
            failures: [noBody]),
        Fault(
            name: "bad chunks", script: [asked, .send(chunked + "ok")],
            failures: [.answer("malformed answer: invalid chunk size at offset 0")]),
        Fault(
            name: "a body that drips", script: [asked, .send(head + "\r\nok"), .drip("a")],
            failures: [.timedOut]),
        Fault(
            name: "an endless body",
            script: [asked, .send(head + "\r\n" + many("no ", bytes: 200_000))],
            failures: [.answer(#"body without "ok" in its first 64 KiB"#)]),
        Fault(
            name: "endless small chunks",
            script: [asked, .send(chunked + many("1\r\no\r\n", bytes: 500_000))],
            failures: [.answer(#"body without "ok" in its first 64 KiB"#)]),
        Fault(
            name: "endless extensions",
            script: [asked, .send(chunked + "1" + many(";a=b", bytes: 40_000))],
            failures: [.answer("malformed answer: chunk size line too long at offset 1024")]),
        Fault(
            name: "a body beyond the limit",
            script: [asked, .send(head + "\r\nok" + many("no ", bytes: 200_000))], failures: []),
    ]

    private func run(
        _ check: some HealthCheck, _ fault: Fault, seed: UInt64, _ judge: (Outcome) -> Void
    ) throws {
        try SimulatedOrigin.run(seed: seed) { origin in
            origin.script = fault.script
            let outcome = Unchecked(Outcome())
            let loop = origin.loop
            let kernel = Unchecked(origin.kernel)
            let begin = origin.kernel.now
            loop.spawn {
                do throws(HealthCheckFailure) {
                    try await check.check(
                        Backend(fault.address), on: loop, timeout: .seconds(2))
                } catch {
                    outcome.value.failure = error
                }
                outcome.value.seconds = Double(kernel.value.now - begin) / 1e9
            }
            origin.run(seconds: 10) { outcome.value.seconds != nil }
            let seconds = try #require(outcome.value.seconds)
            judge(outcome.value)
            #expect(seconds < 2.2)
            if outcome.value.failure == .timedOut { #expect(seconds > 1.9) }
            // What the server sees of the end.
            origin.run(seconds: 0.5)
            #expect(origin.peers.compactMap(\.failure) == [])
            #expect(origin.leftOpen == (0, 0))
        }
    }

    @Test("HTTP: tells what is wrong in time and leaves nothing open", arguments: faults)
    func http(fault: Fault) throws {
        var check = HTTPHealthCheck(path: "/up")
        check.expectedBody = "ok"
        for seed in 1...5 as ClosedRange<UInt64> {
            try run(check, fault, seed: seed) { outcome in
                let expected = fault.failures.isEmpty ? [nil] : fault.failures.map(Optional.some)
                #expect(expected.contains(outcome.failure))
            }
        }
    }

    @Test(
        "TCP: passes where a connection is made",
        arguments: [
            Fault(name: "says nothing", script: [.receiveEnd, .close], failures: []),
            Fault(
                name: "greets", script: [.send("220 hi\r\n"), .receiveEnd, .close], failures: []),
            Fault(
                name: "greets late", script: [.receiveEnd, .send("220 hi\r\n"), .close],
                failures: []),
            Fault(name: "does not care", script: [.pause(seconds: 1), .receiveEnd], failures: []),
            Fault(name: "closes at once", script: [.close], failures: []),
            Fault(name: "resets at once", script: [.reset], failures: []),
            Fault(name: "talks without end", script: [.drip("a"), .close], failures: []),
            Fault(name: "refuses", address: SimulatedOrigin.deadAddress, failures: [refused]),
            Fault(
                name: "swallows", address: SimulatedOrigin.silentAddress, failures: [.timedOut]),
        ])
    func tcp(fault: Fault) throws {
        for seed in 1...5 as ClosedRange<UInt64> {
            try run(TCPHealthCheck(), fault, seed: seed) { outcome in
                #expect(outcome.failure == fault.failures.first)
                // Whoever closes in return is not waited for.
                if fault.name == "greets" { #expect((outcome.seconds ?? 1) < 0.05) }
            }
        }
    }

    @Test("says so where no descriptor is left")
    func exhausted() throws {
        try SimulatedOrigin.run { origin in
            origin.kernel.descriptorLimit = origin.kernel.openDescriptors
            let outcome = Unchecked(Outcome())
            let loop = origin.loop
            loop.spawn {
                do throws(HealthCheckFailure) {
                    try await TCPHealthCheck().check(
                        Backend(SimulatedOrigin.address), on: loop, timeout: .seconds(2))
                } catch {
                    outcome.value.failure = error
                }
            }
            origin.run(seconds: 1)
            #expect(
                outcome.value.failure == .connection("socket: too many open files (EMFILE)"))
        }
    }
}
