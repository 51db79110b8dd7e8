import Glibc
import PingoraCore
import TestSupport
import Testing

@testable import PingoraProxy

/// Fails the Nth system call of each kind with each error it may have.
@Suite("Fault injection")
struct FaultInjectionTests {
    struct Fault: CustomTestStringConvertible {
        let call: FailingKernel.Call
        let code: CInt
        var testDescription: String { "\(call) \(code)" }
    }

    static let faults = FailingKernel.Call.allCases.flatMap { call in
        call.plausibleErrors.map { Fault(call: call, code: $0) }
    }

    @Test(
        "leaves the client with the exact response or an error, and leaks nothing",
        arguments: faults)
    func fails(_ fault: Fault) {
        check(fault)
    }

    private func check(_ fault: Fault) {
        for seed in 1...3 as ClosedRange<UInt64> {
            var number = 0
            var hasFailed = true
            while hasFailed {
                number += 1
                guard number < 500 else {
                    Issue.record("\(fault.call) is made too often")
                    return
                }
                let run = FaultyRun(fault, number: number, seed: seed)
                hasFailed = run.hasFailed
                guard run.violations.isEmpty else {
                    let all = run.violations.joined(separator: "; ")
                    Issue.record("\(fault.call) number \(number), seed \(seed): \(all)")
                    return
                }
            }
        }
    }
}

/// Sends what it was given, and listens to the end.
private final class ListeningClient: SimulatedParty {
    let endpoint: SimulatedEndpoint
    let wakes = Int64.max
    var isFinished: Bool { endpoint.ending != nil }
    var complaint: String? { nil }

    init(_ endpoint: SimulatedEndpoint, _ text: String) {
        self.endpoint = endpoint
        endpoint.outgoing = Array(text.utf8)
    }

    func step() -> Bool {
        let hasSent = endpoint.sendOnce()
        return endpoint.receiveOnce() || hasSent
    }
}

/// Two requests of one client, while one system call of the proxy fails.
private struct FaultyRun {
    private(set) var violations: [String] = []
    private(set) var hasFailed = false

    init(_ fault: FaultInjectionTests.Fault, number: Int, seed: UInt64) {
        let kernel = SimulatedKernel(seed: seed)
        do {
            try kernel.run { try run(fault, number, on: kernel) }
        } catch {
            violations.append("\(error)")
        }
    }

    private static let request =
        Texts.post("/1", "Content-Length: 3000\r\n") + Texts.bulk(3000)
        + Texts.get("/2", "Connection: close\r\n")

    private mutating func run(
        _ fault: FaultInjectionTests.Fault, _ number: Int, on kernel: SimulatedKernel
    ) throws {
        let proxy = try SimulatedProxy(PlainProxy(), on: kernel)
        let book = OriginBook()
        book.isTame = true
        proxy.makeOrigin = { RandomOrigin($0, book, on: kernel) }
        let client = ListeningClient(try proxy.connect(), FaultyRun.request)
        proxy.add(client: client)
        let failing = FailingKernel()
        failing.fail(fault.call, number: number, with: fault.code)
        proxy.around = { turn in failing.run(turn) }
        proxy.run(seconds: 200)
        hasFailed = failing.hasFailed
        violations = book.violations + check(client.endpoint, book)
        violations += proxy.leaks()
        proxy.stop()
    }

    private func check(_ endpoint: SimulatedEndpoint, _ book: OriginBook) -> [String] {
        var rest = endpoint.transcript
        var targets = ["/1", "/2"][...]
        while !rest.isEmpty {
            switch WireMessage.parse(rest, .response(toHead: false)) {
            case .invalid(let why): return [why]
            case .incomplete: return endpoint.ending == .orderly ? ["an orderly cut"] : []
            case .complete(let response):
                rest.removeFirst(response.count)
                guard let target = targets.popFirst() else { return ["one response too many"] }
                if response["X-For"].isEmpty {
                    guard response.status >= 400, rest.isEmpty else { return ["a strange answer"] }
                    return endpoint.ending == nil ? ["no end behind an error"] : []
                }
                guard response["X-For"] == [target],
                    response.body == book.intentions[target]?.body
                else { return ["wrong bytes for \(target)"] }
            }
        }
        guard endpoint.ending != nil else { return ["a hang"] }
        guard hasFailed || targets.isEmpty else { return ["no fault, and no answer"] }
        return []
    }
}
