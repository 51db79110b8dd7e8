/// A loop for what serves no client: checks of servers, looking up names.
///
/// It has a thread of its own, so that nothing it does can delay a request. The thread starts with
/// the first use, and lasts as long as the process.
package enum BackgroundLoop {
    /// The loop of this process; nil where the kernel has no descriptors left for it.
    package static let shared: EventLoop? = {
        guard let loop = try? EventLoop() else {
            log.error("background_loop_failed")
            return nil
        }
        LoopThread.start(named: "background") { loop.run() }
        return loop
    }()
}
