import Foundation
import PingoraLB
import Synchronization

/// How long a choice takes at most while another thread replaces 10 000 backends again and again.
///
/// The same is measured while that thread prepares the algorithm for as many and replaces nothing:
/// what the machine does to both is not the update's. Choices in which the kernel gave the core to
/// somebody else are told apart; those that wait for a lock are not.
struct UpdatePause {
    /// What the other thread does.
    enum Work: String {
        case preparing = "prepare"
        case updating = "update"
    }

    /// Durations in microseconds.
    private(set) var longest = 0.0
    private(set) var longestInterrupted = 0.0
    private(set) var choices = 0
    private(set) var turns = 0

    /// Long enough for the kernel to have done something else.
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
        var interruptions = UpdatePause.interruptions
        var last = monotonicNanoseconds()
        let end = last + nanoseconds
        while last < end {
            key &+= 0x9e37_79b9_7f4a_7c15
            balancer.begin(key: key >> 32)?.end(.abandoned)
            let now = monotonicNanoseconds()
            let duration = now - last
            last = now
            choices += 1
            let microseconds = Double(duration) / 1000
            guard duration > UpdatePause.suspectNanoseconds else {
                longest = max(longest, microseconds)
                continue
            }
            let before = interruptions
            interruptions = UpdatePause.interruptions
            if interruptions == before {
                longest = max(longest, microseconds)
            } else {
                longestInterrupted = max(longestInterrupted, microseconds)
            }
            last = monotonicNanoseconds()
        }
    }

    /// How often the kernel took the core from this thread.
    private static var interruptions: Int {
        var usage = rusage()
        // RUSAGE_THREAD, which Glibc does not show without _GNU_SOURCE.
        getrusage(1, &usage)
        return usage.ru_nivcsw
    }
}

private func monotonicNanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}
