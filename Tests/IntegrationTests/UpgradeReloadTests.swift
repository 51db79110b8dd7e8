import Foundation
import Glibc
import Testing

/// The configuration read anew, again and again.
@Suite("Reloads under load", .serialized)
struct UpgradeReloadTests {
    private static let reloads = 1000
    /// So many are over before anything is measured: buffers and pools have their size by then.
    private static let warmUp = 100
    private static let memorySlackKiB = 6 * 1024
    /// Connections of the load come and go.
    private static let descriptorSlack = 20

    /// What a process holds.
    private struct Holdings: CustomStringConvertible {
        let descriptors: Int
        let threads: Int
        let memoryKiB: Int

        init(of process: ChildProcess) {
            let entry = ProcessEntry(number: process.processID)
            descriptors = entry.descriptorCount
            (threads, memoryKiB) = (
                entry.status("Threads").first ?? 0, entry.status("VmRSS").first ?? 0
            )
        }

        var description: String {
            "\(descriptors) descriptors, \(threads) threads, \(memoryKiB) KiB"
        }
    }

    @Test("cost no client anything, and no memory")
    func many() throws {
        let origin = try UpgradingLoad.startOrigin()
        let service = try UpgradingService(upstreams: [origin.port])
        let process = try service.start()
        let load = try UpgradingLoad(on: service)
        let log = EventCount("reloaded", of: process)
        var before: Holdings?
        for number in 1...UpgradeReloadTests.reloads {
            process.signal(SIGHUP)
            try #require(eventually { log.count >= number }, "after \(number - 1) reloads")
            if number == UpgradeReloadTests.warmUp { before = Holdings(of: process) }
        }
        let (first, last) = (try #require(before), Holdings(of: process))
        let counts = try load.finish()
        #expect(counts.faults == 0, "\(counts.events)")
        #expect(counts.requests > 20)
        #expect(last.threads == first.threads, "\(first), then \(last)")
        #expect(
            last.descriptors < first.descriptors + UpgradeReloadTests.descriptorSlack,
            "\(first), then \(last)")
        #expect(
            last.memoryKiB < first.memoryKiB + UpgradeReloadTests.memorySlackKiB,
            "\(first), then \(last)")
        #expect(process.events("reload_failed").isEmpty)
    }

    /// How often an event is in the log of a process, of which each byte is read once.
    private final class EventCount {
        private let mark: String
        private let process: ChildProcess
        private var known = 0
        private var seen = 0

        init(_ event: String, of process: ChildProcess) {
            mark = " event=\(event)"
            self.process = process
        }

        var count: Int {
            let fresh = process.errors(from: seen)
            guard let end = fresh.lastIndex(of: UInt8(ascii: "\n")) else { return known }
            seen += end + 1
            let text = String(decoding: fresh[...end], as: UTF8.self)
            known += text.split(separator: "\n").filter { $0.contains(mark) }.count
            return known
        }
    }
}
