import CLinux
package import Synchronization

/// One thread's loop: it owns an epoll, deadlines and buffers, and is the executor of every task
/// that was started on it.
///
/// Invariants:
/// 1. Everything here belongs to the loop's thread, except `inbox`, `wakeup` and the atomics.
/// 2. A task started by ``spawn(_:)`` runs on this thread for life, so what it touches needs no
///    lock.
/// 3. Within a turn, `now` stands still.
public final class EventLoop: TaskExecutor, @unchecked Sendable {
    // @unchecked: invariant 1 keeps the mutable state on one thread.

    /// The number of this loop within its group, from 0.
    public let index: Int
    /// The time at which this turn began.
    package private(set) var now: MonotonicTime
    /// Receive and send buffers of the connections that are busy.
    package var buffers = BufferPool()
    /// Set when the server stops: idle connections close, busy ones after their response.
    package var isDraining = false
    /// Where connections go while another process takes over: idle ones at once, busy ones after
    /// their response.
    package internal(set) var departures: Departures?
    /// Whether nothing new is to be kept for later.
    var isLeaving: Bool { isDraining || departures != nil }
    /// Connections that are open on this loop, to spread new ones evenly.
    package let connectionCount = Atomic<Int>(0)

    private var cachedRealtimeSeconds: Int64 = 0
    private var realtimeExpires: Int64 = 0
    private var jobs = JobQueue()
    private var registrations = Registrations()
    private var timers: TimerWheel
    private var expired: [Int] = []
    private let poller: Poller
    private let inbox = Mutex<[Delivery]>([])
    private let wakeup: Wakeup
    private let stopped = Atomic<Bool>(false)

    /// What another thread hands to this loop.
    private enum Delivery {
        case job(UnownedJob)
        case work(@Sendable () -> Void)
    }

    /// Deadlines are kept to this many nanoseconds: 50 ms, fine enough for timeouts of a second.
    private static let tick: Int64 = 50_000_000
    /// Jobs that run before the sockets get their turn again.
    private static let jobsPerTurn = 1024

    /// A loop with the kernel of the calling thread. It does nothing until ``run()``.
    package init(index: Int = 0) throws(SystemError) {
        self.index = index
        now = .current
        timers = TimerWheel(startingAt: EventLoop.ticks(of: now))
        poller = try Poller()
        wakeup = try Wakeup()
        let (slot, token) = registrations.insert(wakeup)
        timers.grow(to: slot + 1)
        try poller.add(wakeup.descriptor.number, events: Wakeup.events, token: token)
    }

    /// Runs turns on the calling thread until ``stop()``.
    package func run() {
        adoptThread()
        while !stopped.load(ordering: .acquiring) { turn() }
        runJobs()
    }

    /// Makes the calling thread the loop's own.
    package func adoptThread() {
        now = .current
        // SAFETY: the pointer is only compared, never followed.
        unsafe clinux_set_current_loop(Unmanaged.passUnretained(self).toOpaque())
    }

    /// One turn: run what is ready, wait for the kernel, tell the handlers, expire deadlines.
    package func turn() {
        runJobs()
        let count = poller.wait(timeoutMilliseconds: jobs.isEmpty ? millisecondsToWait() : 0)
        now = .current
        for index in 0..<count {
            let (token, readiness) = poller.event(at: index)
            registrations.handler(for: token)?.ready(readiness)
        }
        takeDeliveries()
        expireDeadlines()
    }

    /// Ends ``run()`` after the turn at hand. From any thread.
    package func stop() {
        stopped.store(true, ordering: .releasing)
        wakeup.signal()
    }

    /// Whether the loop has nothing to run now.
    package var isIdle: Bool { jobs.isEmpty }

    /// Seconds since 1970, for dates in messages; read anew when a second has passed.
    package var realtimeSeconds: Int64 {
        if now.nanoseconds >= realtimeExpires {
            let realtime = clinux_realtime()
            cachedRealtimeSeconds = realtime / 1_000_000_000
            realtimeExpires = now.nanoseconds + 1_000_000_000 - realtime % 1_000_000_000
        }
        return cachedRealtimeSeconds
    }

    /// The connections that are open on this loop.
    var connections: [Connection] {
        (0..<registrations.capacity).compactMap { registrations[$0] as? Connection }
    }

    /// The parked connections of `keeper`.
    package func connections(keptBy keeper: any ConnectionKeeper) -> [Connection] {
        connections.filter { $0.keeper === keeper }
    }

    /// Wakes the task of every connection, so that it looks around; see
    /// ``Connection/wait(until:)``.
    package func wakeTasks() {
        for connection in connections { connection.wake() }
    }

    // MARK: Executor

    public func enqueue(_ job: consuming ExecutorJob) {
        enqueue(UnownedJob(job))
    }

    public func enqueue(_ job: UnownedJob) {
        if isCurrent { jobs.append(job) } else { deliver(.job(job)) }
    }

    /// Starts a task that runs on this loop for life. On the loop's thread.
    package func spawn(_ operation: @escaping () async -> Void) {
        // nonisolated(unsafe): by invariant 2 it never leaves this thread.
        nonisolated(unsafe) let operation = operation
        Task(executorPreference: self) { await unsafe operation() }
    }

    /// Runs `work` on the loop's thread, soon. From any thread.
    package func execute(_ work: @escaping @Sendable () -> Void) {
        deliver(.work(work))
    }

    /// Runs `work`, which takes over a connection, on the loop's thread. Until then the connection
    /// is counted here, so that it is counted always. From any thread.
    func executeForConnection(_ work: @escaping @Sendable () -> Void) {
        connectionCount.add(1, ordering: .sequentiallyConsistent)
        execute { [self] in
            work()
            connectionCount.subtract(1, ordering: .sequentiallyConsistent)
        }
    }

    private var isCurrent: Bool {
        // SAFETY: pointers are compared, never followed.
        unsafe clinux_current_loop() == Unmanaged.passUnretained(self).toOpaque()
    }

    private func deliver(_ delivery: Delivery) {
        let wasEmpty = inbox.withLock { inbox in
            inbox.append(delivery)
            return inbox.count == 1
        }
        if wasEmpty { wakeup.signal() }
    }

    private func takeDeliveries() {
        guard wakeup.takeSignal() else { return }
        let deliveries = inbox.withLock { inbox in
            let taken = inbox
            inbox = []
            return taken
        }
        for delivery in deliveries {
            switch delivery {
            case .job(let job): jobs.append(job)
            case .work(let work): work()
            }
        }
    }

    private func runJobs() {
        var left = EventLoop.jobsPerTurn
        while left > 0, let job = jobs.popFirst() {
            // SAFETY: the loop outlives its jobs; each is run exactly once.
            unsafe job.runSynchronously(on: asUnownedTaskExecutor())
            left -= 1
        }
    }

    // MARK: Descriptors and deadlines

    /// Watches `descriptor` for `handler` until ``deregister(_:)``.
    func register(
        _ descriptor: CInt, events: UInt32, handler: any EventHandler
    ) throws(SystemError) -> Int {
        let (slot, token) = registrations.insert(handler)
        timers.grow(to: registrations.capacity)
        do {
            try poller.add(descriptor, events: events, token: token)
        } catch {
            registrations.remove(slot)
            throw error
        }
        return slot
    }

    /// Gives `handler` a slot for a deadline, without a descriptor.
    func register(timer handler: any EventHandler) -> Int {
        let (slot, _) = registrations.insert(handler)
        timers.grow(to: registrations.capacity)
        return slot
    }

    /// Forgets a registration; its descriptor is closed by its owner at once.
    func deregister(_ slot: Int) {
        timers.remove(slot)
        registrations.remove(slot)
    }

    /// What names the registration in `slot`, also when it has ended.
    func token(of slot: Int) -> UInt64 { registrations.token(of: slot) }

    /// Has a handler look around, if it is still there.
    func disturb(_ token: UInt64) { registrations.handler(for: token)?.ready([]) }

    /// Stops watching a descriptor that stays open. From any thread.
    func unwatch(_ descriptor: CInt) {
        poller.remove(descriptor)
    }

    /// Tells the handler in `slot` when `deadline` has come. One store in the common case.
    func setDeadline(_ slot: Int, _ deadline: MonotonicTime) {
        guard deadline != .never else { return timers.clear(slot) }
        timers.set(slot, to: EventLoop.ticks(of: deadline) + 1)
    }

    private func expireDeadlines() {
        timers.advance(to: EventLoop.ticks(of: now), expired: &expired)
        guard !expired.isEmpty else { return }
        for slot in expired { registrations[slot]?.deadlineReached() }
        expired.removeAll(keepingCapacity: true)
    }

    private func millisecondsToWait() -> CInt {
        guard let ticks = timers.ticksUntilNext() else { return -1 }
        return CInt(ticks) * CInt(EventLoop.tick / 1_000_000)
    }

    private static func ticks(of time: MonotonicTime) -> UInt64 {
        UInt64(max(0, time.nanoseconds) / tick)
    }
}
