import Glibc
import PingoraTLS
import TLSFixtures
import Testing

@testable import PingoraCore
@testable import PingoraProxy

/// One server after the other takes over, under load.
@Suite("Upgrades under TLS load")
struct SecureUpgradeTests {
    @Test("no client of ten upgrades sees a failure, and tickets outlive them")
    func tenUpgrades() throws {
        let test = try TestLoop()
        let credentials = try Credentials()
        let origin = try TestOrigin(credentials.origin)
        let logic = TestProxy(HTTPPeer(origin.address, try credentials.upstream()))
        var options = UpgradeOptions()
        options.socketPath = "/tmp/pingora-upgrade-\(getpid())-\(UInt32.random(in: 0...(.max)))"
        var current = try SecureProxy(logic, credentials.proxy, upgrade: options)
        let addresses = current.server.addresses
        let load = try UpgradeLoad(on: addresses[0], credentials.client, clients: 4)
        #expect(test.wait { UpgradeLoad.Kind.allCases.allSatisfy { load.count($0) > 0 } })
        var leaving: [(SecureProxy, HandOver)] = []
        for _ in 0..<10 {
            let handOver = HandOver(of: current.server)
            handOver.start()
            options.takesOver = true
            let next = try SecureProxy(
                logic, credentials.proxy, at: addresses, upgrade: options)
            leaving.append((current, handOver))
            current = next
            // The sockets stay with the old one for a moment, as do its clients.
            let before = load.count(.pausing)
            #expect(test.wait { load.count(.pausing) >= before + 4 })
        }
        for (_, handOver) in leaving {
            #expect(test.wait { if case .left = handOver.state { true } else { false } })
        }
        load.stop(test)
        #expect(load.allFailures.isEmpty)
        for kind in UpgradeLoad.Kind.allCases { #expect(load.count(kind) > 10, "\(kind)") }
        #expect(load.resumptionCount > 100)
        #expect(leaving.allSatisfy { $0.0.server.connectionCount == 0 })
    }
}
