import Synchronization
import Testing

@testable import PingoraCore
@testable import PingoraLB

/// Discovery from a server that is not ours, over and over.
@Suite("HTTPDiscovery of a real server")
struct HTTPDiscoveryServerTests {
    /// Writes down what it is told, from any thread.
    private final class Receiver: BackendReceiver {
        let told = Mutex<[String]>([])

        func discovered(_ backends: [Backend]) {
            told.withLock { $0.append(backends.map(\.label).joined(separator: " ")) }
        }

        func discoveryFailed(_ error: DiscoveryError) {
            // Once for any number in a row.
            told.withLock { if $0.last != error.description { $0.append(error.description) } }
        }

        /// Waits until `count` things were told, at most twenty seconds.
        func wait(for count: Int) {
            let deadline = MonotonicTime.current.advanced(by: .seconds(20))
            while told.withLock({ $0.count < count }), MonotonicTime.current < deadline {
                Semaphore().wait(atMost: .milliseconds(5))
            }
        }
    }

    @Test("follows the list of Python's web server, and keeps the last good one")
    func follows() throws {
        let server = try FileServer()
        server.write(
            "backends.json", #"{"backends": [{"address": "127.0.0.1:1", "weight": 2}]}"#)
        let loop = try LoopForTests()
        let receiver = Receiver()
        let source = HTTPDiscovery(server.address, path: "/backends.json?token=1")
        let task = DiscoveryTask(source, name: "app", interval: .seconds(1))
        task.start(on: loop.loop, for: receiver)
        receiver.wait(for: 1)
        server.write("backends.json", #"{"backends": ["#)
        receiver.wait(for: 2)
        server.write(
            "backends.json",
            #"{"backends": [{"address": "127.0.0.1:1"}, {"address": "[::1]:2"}]}"#)
        receiver.wait(for: 3)
        task.stop()
        #expect(
            receiver.told.withLock { $0 } == [
                "127.0.0.1:1",
                "http \(server.address)/backends.json: no JSON: unexpected end at offset 14",
                "127.0.0.1:1 [::1]:2",
            ])
    }

    @Test("says so where the file is missing")
    func missing() async throws {
        let server = try FileServer()
        let loop = try LoopForTests()
        let address = server.address
        let error = await loop.run { loop -> DiscoveryError? in
            do throws(DiscoveryError) {
                _ = try await HTTPDiscovery(address, path: "/none.json").discover(on: loop)
                return nil
            } catch {
                return error
            }
        }
        #expect(error == DiscoveryError("http \(address)/none.json: status 404, expected 200"))
    }
}
