import PingoraCore
import PingoraHTTP
import Synchronization
import TestSupport
import Testing

@testable import PingoraProxy

@Suite("Callbacks")
struct CallbacksTests {
    /// Notes what the engine still calls, and how often its own callback was called.
    private final class Notes: Sendable {
        let calls = Mutex(0)
        let used = Mutex<[Callbacks]>([])
    }

    /// Has no callback but a log.
    private struct Logging: ProxyHttp {
        let notes: Notes

        func upstreamPeer(_ session: borrowing Session, _ context: inout Void) -> HTTPPeer {
            HTTPPeer(SimulatedProxy.originAddress)
        }

        func logging(_ session: borrowing Session, _ error: ProxyError?, _ context: inout Void) {
            notes.calls.withLock { $0 += 1 }
            let callbacks = session.memory.callbacks
            notes.used.withLock { $0.append(callbacks) }
        }
    }

    /// Passes the filters of heads on to another proxy, whose defaults speak for themselves only.
    private struct Wrapping<Inner: ProxyHttp>: ProxyHttp where Inner.Context == Void {
        let inner: Inner
        let notes: Notes

        func earlyRequestFilter(
            _ session: borrowing Session, _ context: inout Void
        ) async throws {
            notes.calls.withLock { $0 += 1 }
            try await inner.earlyRequestFilter(session, &context)
        }

        func requestFilter(
            _ session: borrowing Session, _ context: inout Void
        ) async throws -> Bool {
            notes.calls.withLock { $0 += 1 }
            return try await inner.requestFilter(session, &context)
        }

        func upstreamPeer(
            _ session: borrowing Session, _ context: inout Void
        ) async throws -> HTTPPeer {
            try await inner.upstreamPeer(session, &context)
        }

        func logging(
            _ session: borrowing Session, _ error: ProxyError?, _ context: inout Void
        ) async {
            let callbacks = session.memory.callbacks
            notes.used.withLock { $0.append(callbacks) }
        }
    }

    /// Three requests on one connection.
    private func run(_ logic: some ProxyHttp) {
        simulate(seed: 1) { kernel in
            let proxy = try SimulatedProxy(logic, on: kernel)
            let exchange: [ScriptStep] = [.receive(Texts.get()), .send(Texts.ok())]
            proxy.originScripts = [exchange + exchange + exchange]
            let request: [ScriptStep] = [.send(Texts.get()), .receive(Texts.ok())]
            try proxy.client(request + request + request)
            proxy.run()
            #expect(proxy.complaints.isEmpty)
            #expect(proxy.leaks().isEmpty)
            proxy.stop()
        }
    }

    @Test("skips a default after its first call, and never an own one")
    func skips() {
        let notes = Notes()
        run(Logging(notes: notes))
        #expect(notes.calls.withLock { $0 } == 3)
        let used = notes.used.withLock { $0 }
        #expect(used == [.logging, .logging, .logging])
    }

    @Test("takes the defaults of a wrapped proxy for its own, not for those of the wrapper")
    func wraps() {
        let notes = Notes()
        run(Wrapping(inner: PlainProxy(), notes: notes))
        #expect(notes.calls.withLock { $0 } == 6)
        let own: Callbacks = [.earlyRequestFilter, .requestFilter, .logging]
        #expect(notes.used.withLock { $0 } == [own, own, own])
    }

    @Test("has a bit of its own for every callback")
    func bits() {
        let each: [Callbacks] = [
            .earlyRequestFilter, .requestFilter, .requestBodyFilter, .proxyUpstreamFilter,
            .connectedToUpstream, .upstreamRequestFilter, .upstreamResponseFilter,
            .upstreamResponseBodyFilter, .responseFilter, .responseBodyFilter, .logging,
        ]
        #expect(Callbacks(each) == .all)
        #expect(each.map(\.rawValue).reduce(0, +) == Callbacks.all.rawValue)
    }
}
