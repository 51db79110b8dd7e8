import Foundation
import PingoraLB
import Synchronization

/// How long a choice takes at most while another thread replaces 10 000 backends again and again.
///
/// The same is measured while that thread prepares the algorithm for as many and replaces nothing:
/// what the machine does to both is not the update's. An update can hold a choice up in two ways
/// only: the choice has more to do, such as to give back memory, or it waits for a lock. So the
/// thread's own time is looked at, and choices in which it went to sleep.
struct UpdatePause {
    /// What the other thread does.
    enum Work {
        case preparing
        case updating
    }

    /// The most of the thread's own time that a choice took, in microseconds.
    private(set) var longestWork = 0.0
    /// The longest choice in which it slept, as at a lock, in microseconds; 0: there was none.
    private(set) var longestWait = 0.0
    /// The longest choice of all, also because the core was taken away, in microseconds.
    private(set) var longest = 0.0
    private(set) var choices = 0
    /// What the other thread has done so often.
    private(set) var turns = 0

    /// Nobody falls asleep and wakes up within that time.
    private static let suspectNanoseconds: UInt64 = 10_000

    /// Adds a second's worth of choices.
    mutating func measure(_ work: Work) {
        let backends = [1, 2].map { weight in
            (0..<10_000).compactMap {
                try? Backend(parsing: "10.\($0 % 2 + weight).\($0 / 256).\($0 % 256):443")
            }
        }
        let balancer = LoadBalancer<Ketama>(backends[0])
        let done = Atomic<Bool>(false)
        let ended = DispatchSemaphore(value: 0)
        let count = Mutex(0)
        Thread.detachNewThread {
            var turn = 0
            while !done.load(ordering: .relaxed) {
                turn += 1
                let set = backends[turn % 2]
                switch work {
                case .updating: balancer.update(set)
                case .preparing:
                    keep(Ketama(set.map { Candidate(label: "\($0.address)") }))
                }
            }
            count.withLock { $0 = turn }
            ended.signal()
        }
        choose(from: balancer, nanoseconds: 1_000_000_000)
        done.store(true, ordering: .relaxed)
        ended.wait()
        turns += count.withLock { $0 }
    }

    private mutating func choose(from balancer: LoadBalancer<Ketama>, nanoseconds: UInt64) {
        var key: UInt64 = 0
        var sleeps = UpdatePause.sleeps
        let end = time(CLOCK_MONOTONIC) + nanoseconds
        while true {
            key &+= 0x9e37_79b9_7f4a_7c15
            let (start, startOfWork) = (time(CLOCK_MONOTONIC), time(CLOCK_THREAD_CPUTIME_ID))
            balancer.begin(key: key >> 32)?.end(.abandoned)
            let (work, all) = (
                time(CLOCK_THREAD_CPUTIME_ID) - startOfWork, time(CLOCK_MONOTONIC) - start
            )
            choices += 1
            longestWork = max(longestWork, Double(work) / 1000)
            longest = max(longest, Double(all) / 1000)
            if all > UpdatePause.suspectNanoseconds {
                let before = sleeps
                sleeps = UpdatePause.sleeps
                if sleeps > before { longestWait = max(longestWait, Double(all) / 1000) }
            }
            if start > end { return }
        }
    }

    /// How often this thread gave its core away by itself.
    private static var sleeps: Int {
        var usage = rusage()
        // RUSAGE_THREAD, which Glibc does not show without _GNU_SOURCE.
        getrusage(1, &usage)
        return usage.ru_nvcsw
    }
}

private func time(_ clock: clockid_t) -> UInt64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}
