import COpenSSL
import PingoraCore
import Synchronization

/// A client's session, to be resumed.
///
/// @unchecked: OpenSSL counts references to a session, and never changes one that it gave away.
@safe final class ClientSession: @unchecked Sendable {
    let pointer: OpaquePointer

    /// Takes over `pointer`, an `SSL_SESSION`.
    init(owning pointer: OpaquePointer) {
        unsafe self.pointer = unsafe pointer
    }

    deinit { unsafe SSL_SESSION_free(pointer) }

    /// Whether it may be resumed once only (RFC 8446 appendix C.4).
    var isForOneUse: Bool { unsafe SSL_SESSION_get_protocol_version(pointer) >= TLS1_3_VERSION }
}

/// The sessions of one context by server, the newest first to be used.
///
/// They are as good as the verification they stand for, so no two contexts share them.
final class SessionStore: Sendable {
    private let sessions = Mutex<[SocketAddress?: [ClientSession]]>([:])
    /// As many as connections are made in a burst; a session has some 2 KiB.
    private static let kept = 16
    /// Servers beyond so many begin anew.
    private static let servers = 256

    func keep(_ session: ClientSession, for server: SocketAddress?) {
        sessions.withLock { sessions in
            if sessions.count >= SessionStore.servers, sessions[server] == nil {
                sessions.removeAll()
            }
            var own = sessions[server] ?? []
            own.append(session)
            own.removeFirst(max(0, own.count - SessionStore.kept))
            sessions[server] = own
        }
    }

    func take(for server: SocketAddress?) -> ClientSession? {
        sessions.withLock { sessions in
            guard let newest = sessions[server]?.last else { return nil }
            if newest.isForOneUse { sessions[server]?.removeLast() }
            return newest
        }
    }
}
