import CLinux
import Glibc

/// Tells one task of a loop that a file may have changed: it was written and closed, replaced, or
/// a link on the way to it was.
///
/// It watches the directory, since a file that is replaced by a rename is another one, and the file
/// itself, which may lie elsewhere behind links. On the loop's thread.
package final class FileWatch: EventHandler {
    private let loop: EventLoop
    private let queue: FileDescriptor
    private let name: [UInt8]
    private let timer: LoopTimer
    private var slot: Int?
    private var hasChanged = false

    /// Bytes of events that are taken at a time: some hundred, or fifteen with the longest names.
    private static let batch = 4096
    /// Batches in a row; what is left is not needed to know that something changed.
    private static let batches = 16

    /// Watches the file at `path`, which may be missing; its directory may not.
    package init(_ path: String, on loop: EventLoop) throws(SystemError) {
        self.loop = loop
        let (directory, name) = FileWatch.split(path)
        self.name = Array(name.utf8)
        timer = LoopTimer(on: loop)
        queue = FileDescriptor(owning: try SystemError.check(clinux_inotify(), "inotify_init1"))
        try SystemError.check(
            // SAFETY: the path lives during the call.
            unsafe clinux_inotify_add(queue.number, directory, FileEvents.ofDirectory),
            "inotify_add_watch")
        // It may be missing; then the directory tells when it comes.
        _ = unsafe clinux_inotify_add(queue.number, path, FileEvents.ofFile)
        slot = try loop.register(
            queue.number, events: EPOLLIN.rawValue | EPOLLET.rawValue,
            handler: WeakEventHandler(self))
    }

    deinit {
        if let slot { loop.deregister(slot) }
    }

    /// Suspends the task until something may have changed since the last time, or until `deadline`.
    ///
    /// - Returns: false when `deadline` has come.
    package func wait(until deadline: MonotonicTime) async -> Bool {
        while !hasChanged {
            guard await timer.sleep(until: deadline) else { return false }
        }
        hasChanged = false
        return true
    }

    package func ready(_ readiness: Readiness) {
        for _ in 0..<FileWatch.batches {
            // EAGAIN: there is no more.
            guard let events = try? queue.readSome(limit: FileWatch.batch) else { break }
            if FileEvents.concern(name, in: events) { hasChanged = true }
        }
        if hasChanged { timer.wake() }
    }

    package func deadlineReached() {}

    /// The directory and the name in it.
    static func split(_ path: String) -> (directory: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return (".", path) }
        let name = String(path[path.index(after: slash)...])
        return (slash == path.startIndex ? "/" : String(path[..<slash]), name)
    }
}
