import CLinux
import Glibc
import PingoraUpgrade

/// Exchanges with a successor on probation, over connections that its predecessor makes. Blocks
/// the thread that hands over.
struct Prober {
    /// Why an exchange did not come to its end.
    enum Fault: Error, CustomStringConvertible {
        case timedOut
        case failed(SystemError)

        var description: String {
            switch self {
            case .timedOut: "no answer in time"
            case .failed(let error): "\(error)"
            }
        }
    }

    private let deadline: MonotonicTime
    /// Heads have to fit; of a body, nobody wants more.
    private static let longestAnswer = 64 * 1024

    /// A prober whose exchanges all end within `limit`.
    init(limit: TimeLimit) {
        deadline = MonotonicTime.current.advanced(by: limit)
    }

    /// What `prover` finds wrong with the process at the other end of `line`.
    func fault(by prover: any SuccessorProver, over line: inout ProbeLine) -> String? {
        prover.fault { service, request in
            let socket = try line.connect(to: SocketName(service))
            return try exchange(request, over: FileDescriptor(owning: socket.release()))
        }
    }

    private func exchange(
        _ request: [UInt8], over socket: consuming FileDescriptor
    ) throws(Fault) -> [UInt8] {
        var sent = 0
        while sent < request.count {
            // SAFETY: the call reads within the bounds of the array.
            let count = unsafe request.withUnsafeBytes { bytes in
                guard let base = bytes.baseAddress else { return 0 }
                return unsafe clinux_send(
                    socket.number, base + sent, request.count - sent, nil, 0)
            }
            if count >= 0 { sent += count } else { try wait(for: POLLOUT, socket, count, "send") }
        }
        var answer: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 4096)
        while answer.count < Prober.longestAnswer {
            // SAFETY: the call writes within the bounds of the array.
            let count = unsafe piece.withUnsafeMutableBytes { bytes in
                guard let base = bytes.baseAddress else { return 0 }
                return unsafe clinux_recv(socket.number, base, bytes.count)
            }
            if count == 0 { break }
            if count > 0 {
                answer += piece[..<count]
            } else {
                try wait(for: POLLIN, socket, count, "recv")
            }
        }
        return answer
    }

    /// Waits where `result`, a negated errno, says that it is worth it.
    private func wait(
        for event: Int32, _ socket: borrowing FileDescriptor, _ result: Int, _ call: String
    ) throws(Fault) {
        guard result == -Int(EAGAIN) || result == -Int(EINTR) else {
            throw .failed(SystemError(call: call, code: CInt(-result)))
        }
        let left = deadline.nanoseconds(since: .current) / 1_000_000
        guard left > 0 else { throw .timedOut }
        _ = clinux_poll(socket.number, event, CInt(clamping: left))
    }
}
