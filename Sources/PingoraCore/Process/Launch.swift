import CLinux
import Glibc

/// How a start in the background went.
package enum LaunchResult: Equatable, Sendable {
    /// The daemon serves.
    case serving(process: Int32)
    /// The daemon said why it does not.
    case failed(reason: String)
    /// The daemon ended, or at least will never report, without having said anything.
    case died(ProcessEnd)
    /// The daemon runs, but had not reported when the time was up.
    case silent(process: Int32?)
}

/// How a process ended.
package enum ProcessEnd: Equatable, Sendable, CustomStringConvertible {
    case code(CInt)
    case signal(CInt)
    case unknown

    /// Reads what waitpid wrote (man 2 waitpid).
    init(status: CInt) {
        let signal = status & 0x7f
        self = signal == 0 ? .code(status >> 8 & 0xff) : .signal(signal)
    }

    /// `exit status 1`, `signal 11`.
    package var description: String {
        switch self {
        case .code(let code): "exit status \(code)"
        case .signal(let number): "signal \(number)"
        case .unknown: "unknown end"
        }
    }
}

/// A daemon on its way, as the process that launched it sees it.
package final class Launch {
    /// How long the end of a daemon that closed the pipe is waited for.
    private static let limitOfEnd = TimeLimit.seconds(1)

    private let pipe: FileDescriptor
    private var received: [UInt8] = []
    private var process: Int32?

    init(reading pipe: consuming FileDescriptor, middle: Int32) {
        self.pipe = pipe
        // It ends at once, and would stay a zombie.
        var status: CInt = 0
        // SAFETY: waitpid writes one number.
        while unsafe clinux_waitpid(middle, &status, 0) == -EINTR {}
    }

    /// Waits until the daemon has reported or died, at most for `limit`. For one call: what it
    /// returns is final, except for ``LaunchResult/silent(process:)``.
    package func waitForReport(within limit: TimeLimit) -> LaunchResult {
        let deadline = MonotonicTime.current.advanced(by: limit)
        while true {
            if let result = nextRecord() { return result }
            let left = deadline.nanoseconds(since: .current)
            let milliseconds = CInt(clamping: (left + 999_999) / 1_000_000)
            let ready = clinux_poll(pipe.number, CInt(POLLIN), milliseconds)
            if ready == -EINTR, left > 0 { continue }
            guard ready > 0 else { return .silent(process: process) }
            // Also where the pipe can't be read, nothing more will be heard.
            guard let bytes = try? pipe.readSome(limit: StartReport.longestRecord), !bytes.isEmpty
            else { return .died(end()) }
            received += bytes
        }
    }

    /// The result that a whole record holds, if it is not the one that names the process.
    private func nextRecord() -> LaunchResult? {
        while let end = received.firstIndex(of: 0) {
            let record = String(decoding: received[..<end], as: UTF8.self)
            received.removeSubrange(...end)
            if record.hasPrefix("process ") {
                process = Int32(record.dropFirst("process ".count))
            } else if record == "serving" {
                guard let process else { continue }
                return .serving(process: process)
            } else if record.hasPrefix("failed ") {
                return .failed(reason: String(record.dropFirst("failed ".count)))
            }
        }
        return nil
    }

    private func end() -> ProcessEnd {
        guard let process else { return .unknown }
        let deadline = MonotonicTime.current.advanced(by: Launch.limitOfEnd)
        while true {
            var status: CInt = 0
            // SAFETY: waitpid writes one number.
            let result = unsafe clinux_waitpid(process, &status, WNOHANG)
            if result == process { return ProcessEnd(status: status) }
            guard result == 0 || result == -EINTR, MonotonicTime.current < deadline else {
                return .unknown
            }
            usleep(1000)
        }
    }
}
