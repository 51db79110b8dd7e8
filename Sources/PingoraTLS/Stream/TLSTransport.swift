import CTLS
import Glibc
package import PingoraCore

/// TLS on one connection.
///
/// Invariant: the socket outlives the use of this, not necessarily this; a closed socket is never
/// touched, since only a connection that has it calls.
@safe package final class TLSTransport: Transport {
    /// The `ctls_stream`.
    let stream: OpaquePointer
    /// What the stream's callbacks need, or nil for a client.
    private let material: ServerMaterial?
    /// What the stream's callbacks need, or nil for a server.
    private let origin: SessionOrigin?
    /// Whether our sending side is to end as soon as the socket takes something.
    private var isFinishing = false

    /// The server's side on a socket.
    init(
        serving material: ServerMaterial, on socket: CInt, usesSocketBIO: Bool
    ) throws(TransportError) {
        guard
            let stream = unsafe ctls_stream_new(
                material.contexts[0].pointer, socket, material.server, nil, usesSocketBIO ? 1 : 0)
        else { throw .failed("not enough memory") }
        unsafe self.stream = unsafe stream
        self.material = material
        origin = nil
    }

    /// The client's side on a socket.
    init(
        from origin: SessionOrigin, on socket: CInt, usesSocketBIO: Bool
    ) throws(TransportError) {
        guard
            let stream = unsafe ctls_stream_new(
                origin.context.pointer, socket, nil, origin.client, usesSocketBIO ? 1 : 0)
        else { throw .failed("not enough memory") }
        unsafe self.stream = unsafe stream
        self.origin = origin
        material = nil
    }

    deinit { unsafe ctls_stream_free(stream) }

    /// Whether the kernel does the work.
    package var usesKernel: Bool { unsafe ctls_uses_kernel_tls(stream) != 0 }

    package func receive(
        into buffer: inout ByteBuffer, _ readiness: inout Readiness
    ) -> TransportReceipt {
        if isFinishing { finishSending(&readiness) }
        guard buffer.room > 0 else { return .wouldBlock }
        var raw = readiness.rawValue
        let count = read(into: &buffer, &raw)
        readiness = Readiness(rawValue: raw)
        if isFinishing { readiness.insert(.held) }
        switch count {
        case 1...:
            buffer.commit(count)
            return .bytes(count)
        case CTLS_WANT_READ, CTLS_WANT_WRITE: return .wouldBlock
        case CTLS_END: return .endOfStream
        default: return .failed(error(CInt(count), in: "recv"))
        }
    }

    private func read(into buffer: inout ByteBuffer, _ readiness: inout UInt32) -> Int {
        var free = buffer.free
        return unsafe free.withUnsafeMutableBufferPointer { free in
            guard let start = free.baseAddress else { return 0 }
            // SAFETY: the call writes at most as many bytes as there are.
            return unsafe ctls_read(stream, &readiness, start, free.count)
        }
    }

    package func send(
        _ first: borrowing ByteBuffer, followedBy second: borrowing Span<UInt8>,
        _ readiness: inout Readiness
    ) throws(SystemError) -> Int? {
        var raw = readiness.rawValue
        let count = unsafe second.withUnsafeBufferPointer { second in
            unsafe first.bytes.withUnsafeBufferPointer { first in
                // SAFETY: the call reads as many bytes of both as there are.
                unsafe ctls_write(
                    stream, &raw, first.baseAddress, first.count, second.baseAddress,
                    second.count)
            }
        }
        readiness = Readiness(rawValue: raw)
        switch count {
        case 1...: return count
        case CTLS_WANT_READ, CTLS_WANT_WRITE: return nil
        default: throw error(CInt(count), in: "send")
        }
    }

    package func isQuiet(_ readiness: inout Readiness) -> Bool {
        var raw = readiness.rawValue
        let result = unsafe ctls_peek(stream, &raw)
        readiness = Readiness(rawValue: raw)
        return Int(result) == CTLS_WANT_READ
            && readiness.isDisjoint(with: [.peerClosed, .broken])
    }

    package func finishSending(_ readiness: inout Readiness) {
        isFinishing = !sayGoodbye(&readiness)
        if isFinishing { readiness.insert(.held) } else { unsafe ctls_shut_down_socket(stream) }
    }

    package func sayGoodbye(_ readiness: inout Readiness) -> Bool {
        var raw = readiness.rawValue
        let isOut = unsafe ctls_goodbye(stream, &raw) != 0
        readiness = Readiness(rawValue: raw)
        return isOut
    }

    /// What a failed call came to, in the words of system calls, which the engine knows.
    private func error(_ result: CInt, in call: String) -> SystemError {
        switch Int(result) {
        case CTLS_SOCKET_FAILED:
            SystemError(call: call, code: unsafe ctls_socket_error(stream))
        case CTLS_TRUNCATED:
            SystemError(call: "\(call) (TLS ended without close_notify)", code: ECONNRESET)
        default:
            SystemError(call: "\(call) (TLS: \(reason))", code: EPROTO)
        }
    }

    /// OpenSSL's words for why the stream failed.
    var reason: String {
        let reason = unsafe String(cString: ctls_reason(stream))
        return reason.isEmpty ? "unknown reason" : reason
    }
}
