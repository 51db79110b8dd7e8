import Glibc
import TestSupport
import Testing

@testable import PingoraCore

/// What can't be made throws, and leaves nothing open.
@Suite("Faults while things are made")
struct ConstructionFaultTests {
    struct Fault: CustomTestStringConvertible {
        let call: FailingKernel.Call
        let code: CInt
        var testDescription: String { "\(call) \(code)" }

        static func all(_ calls: [FailingKernel.Call]) -> [Fault] {
            calls.flatMap { call in call.plausibleErrors.map { Fault(call: call, code: $0) } }
        }
    }

    /// Fails the first call and checks that `make` throws its error and leaves nothing open.
    private func check(
        _ fault: Fault, on kernel: SimulatedKernel, _ make: () throws -> Void
    ) {
        let before = kernel.openDescriptors
        let failing = FailingKernel()
        failing.fail(fault.call, number: 1, with: fault.code)
        let error = #expect(throws: SystemError.self) { try failing.run(make) }
        #expect(error?.code == fault.code)
        #expect(kernel.openDescriptors == before)
        // And the next time it works.
        #expect(throws: Never.self) { try failing.run(make) }
        #expect(kernel.openDescriptors == before)
    }

    @Test("a loop", arguments: Fault.all([.epollCreate, .eventfd, .epollControl]))
    func loop(_ fault: Fault) {
        let kernel = SimulatedKernel(seed: 1)
        kernel.run { check(fault, on: kernel) { _ = try EventLoop() } }
    }

    @Test("a listener", arguments: Fault.all([.socket, .bind, .listen]))
    func listener(_ fault: Fault) {
        let kernel = SimulatedKernel(seed: 1)
        kernel.run {
            check(fault, on: kernel) { _ = try Listener(binding: SimulatedLoop.address) }
        }
    }

    @Test("an acceptor", arguments: Fault.all([.epollControl]))
    func acceptor(_ fault: Fault) throws {
        try SimulatedLoop.run { simulated in
            check(fault, on: simulated.kernel) {
                try Acceptor(
                    simulated.listener, on: simulated.loop, among: [simulated.loop]
                ) { _, _, _ in }.stop()
            }
        }
    }
}
