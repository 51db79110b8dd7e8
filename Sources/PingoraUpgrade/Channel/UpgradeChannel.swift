import CLinux
import Glibc

/// A connected Unix stream socket that carries messages with descriptors.
///
/// Invariants:
/// 1. It never reads beyond the message it is in, so descriptors belong to the message they came
///    with (Linux ends a read behind the bytes that carried descriptors).
/// 2. Every descriptor that came belongs to a `DescriptorList` before anything else can fail.
/// 3. After a failure inside a message that is being sent, nothing else is sent.
///
/// Calls block until their deadline. Not for an event loop's thread.
public struct UpgradeChannel: ~Copyable {
    private let socket: Descriptor
    private var decoder = MessageDecoder()
    private var canSend = true

    /// The version of the messages: 0 until the two sides agree.
    var version: UInt16 {
        get { decoder.version }
        set { decoder.version = newValue }
    }

    /// A channel over a connected Unix stream socket.
    ///
    /// - Throws: `UpgradeError.wrongUser` when `rule` does not let the other process take part.
    public init(
        over socket: consuming Descriptor, allowing rule: PeerRule = .sameUserOrRoot
    ) throws(UpgradeError) {
        try rule.check(socket)
        self.socket = socket
    }

    /// Sends one message, its descriptors with the first byte. They stay the caller's.
    mutating func send(
        _ message: Message, descriptors: [CInt] = [], during step: HandOverStep,
        by deadline: Deadline
    ) throws(UpgradeError) {
        precondition(
            descriptors.count == message.descriptorCount, "descriptors that the message lacks")
        guard canSend else { throw .ended(step) }
        let bytes = MessageEncoder.bytes(of: message, version: version)
        var sent = 0
        defer { canSend = sent == 0 || sent == bytes.count }
        while sent < bytes.count {
            let count = sendPiece(bytes, from: sent, descriptors)
            switch -count {
            case ..<0: sent += count
            case 0, Int(EINTR): try check(deadline, step)
            case Int(EAGAIN): try wait(for: POLLOUT, during: step, by: deadline)
            // So many descriptors are on their way that the kernel wants some to arrive first.
            case Int(ETOOMANYREFS): try pause(during: step, by: deadline)
            case Int(EPIPE), Int(ECONNRESET): throw .ended(step)
            default: throw .system(call: "sendmsg", code: CInt(-count))
            }
        }
    }

    private borrowing func sendPiece(
        _ bytes: [UInt8], from start: Int, _ descriptors: [CInt]
    ) -> Int {
        // Once the first byte is on its way, the descriptors are too.
        let rights = start == 0 ? descriptors : []
        let number = socket.number
        // SAFETY: the call reads both arrays within their bounds, and keeps neither.
        return unsafe bytes.withUnsafeBytes { bytes in
            unsafe rights.withUnsafeBufferPointer { rights in
                guard let base = bytes.baseAddress else { return 0 }
                return unsafe clinux_send_rights(
                    number, base + start, bytes.count - start, rights.baseAddress, rights.count)
            }
        }
    }

    /// Receives one message with the descriptors that came along.
    ///
    /// - Throws: `UpgradeError`; every descriptor that came before is closed.
    mutating func receive(
        during step: HandOverStep, by deadline: Deadline
    ) throws(UpgradeError) -> ReceivedMessage {
        var rights = DescriptorList()
        while true {
            var piece = [UInt8](repeating: 0, count: min(decoder.missing, 64 * 1024))
            let count = try receivePiece(&piece, &rights, during: step)
            switch -count {
            case 0: throw .ended(step)
            case ..<0: break
            case Int(EINTR):
                try check(deadline, step)
                continue
            case Int(EAGAIN):
                try wait(for: POLLIN, during: step, by: deadline)
                continue
            case Int(ECONNRESET): throw .ended(step)
            default: throw .system(call: "recvmsg", code: CInt(-count))
            }
            if let message = try decode(piece[..<count], rights.count) {
                return ReceivedMessage(message: message, descriptors: rights)
            }
        }
    }

    private borrowing func receivePiece(
        _ piece: inout [UInt8], _ rights: inout DescriptorList, during step: HandOverStep
    ) throws(UpgradeError) -> Int {
        var numbers = [CInt](repeating: -1, count: Int(CLINUX_MAX_RIGHTS))
        var (numbersCount, isTruncated) = (0, CInt(0))
        let number = socket.number
        // SAFETY: the call writes within the bounds of both arrays; `numbers` has the room that it
        // asks for.
        let count = unsafe piece.withUnsafeMutableBytes { bytes in
            unsafe numbers.withUnsafeMutableBufferPointer { numbers in
                guard let base = bytes.baseAddress, let first = numbers.baseAddress else {
                    return 0
                }
                return unsafe clinux_recv_rights(
                    number, base, bytes.count, first, &numbersCount, &isTruncated)
            }
        }
        guard count >= 0 else { return count }
        rights.append(owning: numbers[..<numbersCount])
        guard isTruncated == 0 else { throw .descriptorsDropped(step) }
        return count
    }

    /// Gives the decoder what came, and checks the number of descriptors as soon as it is known.
    private mutating func decode(
        _ piece: ArraySlice<UInt8>, _ arrived: Int
    ) throws(UpgradeError) -> Message? {
        do throws(FormatError) {
            var message: Message?
            // No more was asked for than the message lacks, so nothing is left behind it.
            if case .message(let complete, _) = try decoder.next(piece.span) { message = complete }
            let announced =
                message?.descriptorCount ?? decoder.header?.descriptorCount
                ?? FormatLimits.descriptorsPerMessage
            guard arrived <= announced, message == nil || arrived == announced else {
                throw FormatError(
                    .descriptorCount(arrived: arrived, announced: announced), at: 12)
            }
            return message
        } catch {
            throw .malformed(error)
        }
    }

    /// Refuses whatever the peer sends from now on; what is already here can still be read.
    ///
    /// The kernel decides under one lock whether a message came before or after (af_unix.c), so
    /// that both sides know the same.
    mutating func stopReceiving() throws(UpgradeError) {
        try UpgradeError.check(clinux_shutdown(socket.number, CInt(SHUT_RD)), "shutdown")
    }

    /// Ends our stream; the peer reads what is on its way, then the end.
    mutating func stopSending() {
        canSend = false
        // It fails only where the peer is gone already.
        _ = clinux_shutdown(socket.number, CInt(SHUT_WR))
    }

    /// Whether the peer still holds its end. What it sends is not read.
    borrowing func isOpen() -> Bool {
        let ready = clinux_poll(socket.number, 0, 0)
        return ready >= 0 && ready & CInt(POLLHUP | POLLERR | POLLNVAL) == 0
    }

    private borrowing func wait(
        for event: Int32, during step: HandOverStep, by deadline: Deadline
    ) throws(UpgradeError) {
        let left = deadline.millisecondsLeft
        guard left > 0 else { throw .timedOut(step) }
        let ready = clinux_poll(socket.number, event, left)
        guard ready >= 0 || ready == -EINTR else { throw .system(call: "poll", code: -ready) }
    }

    /// Ten milliseconds, or until the peer hangs up.
    private borrowing func pause(
        during step: HandOverStep, by deadline: Deadline
    ) throws(UpgradeError) {
        try check(deadline, step)
        let ready = clinux_poll(socket.number, 0, 10)
        guard ready >= 0 || ready == -EINTR else { throw .system(call: "poll", code: -ready) }
    }

    private borrowing func check(
        _ deadline: Deadline, _ step: HandOverStep
    ) throws(UpgradeError) {
        guard !deadline.hasPassed else { throw .timedOut(step) }
    }
}

/// A message, and the descriptors that came with it.
struct ReceivedMessage: ~Copyable {
    let message: Message
    var descriptors: DescriptorList
}
