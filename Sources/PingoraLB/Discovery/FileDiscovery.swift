public import PingoraCore
import Synchronization

/// A file with backends, which is read again when it changes.
///
/// It may be written in place, replaced by a rename, or lie behind links that are changed. A change
/// counts when it has been the same for a moment, so that a file that is being written is not read.
/// An empty or malformed file is a failure.
public final class FileDiscovery: ServiceDiscovery {
    private let path: String
    private let parse: @Sendable ([UInt8]) throws -> [Backend]
    /// What was read last, to know whether it has changed since.
    private let last = Mutex<Contents?>(nil)

    /// How long a file must stay the same, and for how many times of that a change is waited for.
    private static let settling = TimeLimit.milliseconds(100)
    private static let settlingTurns = 20
    /// Where the kernel can't tell of changes, for one when a directory is missing.
    private static let pollInterval = TimeLimit.seconds(1)

    /// The bytes of a file by their hash, or why there are none.
    private enum Contents: Equatable, Sendable {
        case read(hash: Int, count: Int)
        case failed(BoundedFile.Failure)
    }

    /// The file at `path`, of at most 1 MiB.
    ///
    /// - Parameter parse: makes backends of its bytes; by default, of lines
    ///   `ADDRESS [weight=N] [backup]` with comments after `#`. Errors are shown in the log.
    public init(
        _ path: String, parse: (@Sendable ([UInt8]) throws -> [Backend])? = nil
    ) {
        self.path = path
        self.parse = parse ?? { try BackendLines.parse($0) }
    }

    /// Reads the file.
    public func discover(on loop: EventLoop) async throws(DiscoveryError) -> DiscoveredBackends {
        let (contents, bytes) = read()
        last.withLock { $0 = contents }
        if case .failed(let error) = contents { throw self.error(error) }
        guard !bytes.isEmpty else { throw error("the file is empty") }
        let backends: [Backend]
        do {
            backends = try parse(bytes)
        } catch {
            throw self.error(error)
        }
        guard !backends.isEmpty else { throw error("no backends") }
        do {
            return DiscoveredBackends(try DiscoveryLimits.checked(backends))
        } catch {
            throw self.error(error)
        }
    }

    /// Suspends until the file differs from what was read last.
    public func waitForChange(on loop: EventLoop, until deadline: MonotonicTime) async {
        let timer = LoopTimer(on: loop)
        while true {
            // A new watch each time, for the way to the file may have changed. What happened before
            // it began shows in the contents.
            let watch = try? FileWatch(path, on: loop)
            if read().contents != last.withLock({ $0 }) {
                return await settle(watch, timer, on: loop)
            }
            guard loop.now < deadline else { return }
            if let watch {
                guard await watch.wait(until: deadline) else { return }
                // A directory in which much is renamed must not keep the loop busy.
                _ = await timer.sleep(until: loop.now.advanced(by: FileDiscovery.settling))
            } else {
                let next = loop.now.advanced(by: FileDiscovery.pollInterval)
                _ = await timer.sleep(until: min(next, deadline))
            }
        }
    }

    /// Waits until nothing happens to the file for a moment, but not for ever.
    private func settle(_ watch: FileWatch?, _ timer: LoopTimer, on loop: EventLoop) async {
        var contents = read().contents
        for _ in 0..<FileDiscovery.settlingTurns {
            _ = await timer.sleep(until: loop.now.advanced(by: FileDiscovery.settling))
            let hasEvents = await watch?.wait(until: loop.now) ?? false
            let now = read().contents
            if now == contents, !hasEvents { return }
            contents = now
        }
    }

    private func read() -> (contents: Contents, bytes: [UInt8]) {
        do {
            let bytes = try BoundedFile.read(path, limit: DiscoveryLimits.fileBytes)
            return (.read(hash: bytes.hashValue, count: bytes.count), bytes)
        } catch {
            return (.failed(error), [])
        }
    }

    /// `file /etc/backends: line 3: ...`.
    private func error(_ reason: any Error) -> DiscoveryError { error("\(reason)") }

    private func error(_ reason: String) -> DiscoveryError {
        DiscoveryError("file \(ShownExcerpt.of(path)): \(reason)")
    }
}
