import Synchronization
import TestSupport
import Testing

@testable import PingoraCore

@Suite("JobQueue")
struct JobQueueTests {
    /// Takes jobs and runs none.
    private final class Collector: TaskExecutor {
        let jobs = Mutex<[UnownedJob]>([])
        let ran = Mutex<[Int]>([])

        func enqueue(_ job: consuming ExecutorJob) {
            let job = UnownedJob(job)
            jobs.withLock { $0.append(job) }
        }

        /// A job that notes `number` when it runs.
        func makeJob(_ number: Int) throws -> UnownedJob {
            Task(executorPreference: self) { self.ran.withLock { $0.append(number) } }
            return try #require(jobs.withLock { $0.popLast() })
        }
    }

    @Test(
        "gives every job back once, in order, however it grows", arguments: [1, 3, 200, 256, 700])
    func order(_ burst: Int) throws {
        let collector = Collector()
        var queue = JobQueue()
        var expected = 0
        var appended = 0
        // Taking fewer than are added makes the ring wrap and grow at every offset.
        for round in 0..<4 {
            for _ in 0..<burst {
                queue.append(try collector.makeJob(appended))
                appended += 1
            }
            for _ in 0..<(round == 3 ? appended - expected : burst / 2 + 1) {
                guard let job = queue.popFirst() else { break }
                job.runSynchronously(on: collector.asUnownedTaskExecutor())
                expected += 1
            }
        }
        #expect(queue.popFirst() == nil)
        let isEmpty = queue.isEmpty
        #expect(isEmpty)
        #expect(collector.ran.withLock { $0 } == Array(0..<appended))
    }
}
