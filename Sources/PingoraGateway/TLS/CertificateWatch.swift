import PingoraCore
import PingoraTLS
import Synchronization

/// Reads the certificates of a listener anew when their files change: whoever renews them need not
/// tell the process.
///
/// Where something is wrong with the new ones, the log says so and the earlier ones stay in use.
/// The files are looked at on one loop's thread.
final class CertificateWatch: Sendable {
    private let context: TLSServerContext
    private let address: SocketAddress
    private let paths: [String]
    /// What was read last, good or bad.
    private let last: Mutex<FileContents>
    private let isStopped = Atomic<Bool>(false)

    /// A certificate and its key are replaced one after the other.
    private static let settling = TimeLimit.milliseconds(300)
    /// Where a directory can't be watched.
    private static let pollInterval = TimeLimit.seconds(5)
    /// No wait is longer, so that it ends soon after ``stop()``.
    private static let longestWait = TimeLimit.seconds(1)

    /// A watch over the files of `context`, which does nothing yet.
    ///
    /// - Parameter contents: what they held before the context read them.
    init(of context: TLSServerContext, at address: SocketAddress, _ contents: FileContents) {
        self.context = context
        self.address = address
        paths = Set(context.options.files).sorted()
        last = Mutex(contents)
    }

    /// Begins, on `loop`. From any thread, once.
    func start(on loop: EventLoop) {
        loop.execute { [self] in
            for path in paths {
                loop.spawn { await self.watch(path, on: loop) }
            }
        }
    }

    /// Ends it within a second. From any thread.
    func stop() { isStopped.store(true, ordering: .releasing) }

    private var isWanted: Bool { !isStopped.load(ordering: .acquiring) }

    private func watch(_ path: String, on loop: EventLoop) async {
        let timer = LoopTimer(on: loop)
        while isWanted {
            // A new one each time, for the way to the file may have changed. What happened before
            // it began shows in the contents.
            let watch = try? FileWatch(path, on: loop)
            refresh()
            if let watch {
                while isWanted, !(await watch.wait(until: Self.end(of: Self.longestWait, loop))) {}
            } else {
                _ = await timer.sleep(until: Self.end(of: Self.pollInterval, loop))
            }
            _ = await timer.sleep(until: Self.end(of: Self.settling, loop))
        }
    }

    private static func end(of wait: TimeLimit, _ loop: EventLoop) -> MonotonicTime {
        loop.now.advanced(by: wait)
    }

    /// Reads the certificates anew if any file holds something else than before.
    private func refresh() {
        guard isWanted else { return }
        let contents = FileContents(context.options.files)
        guard last.withLock({ $0 != contents }) else { return }
        last.withLock { $0 = contents }
        do throws(TLSError) {
            try context.reload()
            log.info("certificates_reloaded", ("listener", address))
        } catch {
            log.error(
                "certificate_reload_failed", ("listener", address), ("error", error),
                ("note", "the earlier ones stay in use"))
        }
    }
}

/// What some files hold, to be compared.
struct FileContents: Equatable, Sendable {
    private let hashes: [Int?]

    /// As much as any file with certificates has.
    private static let limit = 1024 * 1024

    /// What stands in the files at `paths` now.
    init(_ paths: [String]) {
        hashes = paths.map { path in
            (try? BoundedFile.read(path, limit: FileContents.limit))?.hashValue
        }
    }
}
