import COpenSSL
import CTLS
import PingoraCore

/// Where a client's connection comes from: whose sessions it may resume, and where those go that it
/// gets. One per connection.
@safe final class SessionOrigin {
    let context: LibraryContext
    let sessions: SessionStore?
    private let address: SocketAddress?
    /// What CTLS gets; points to this object.
    let client: UnsafeMutablePointer<ctls_client>

    /// Connections to `address`; nil sessions: nothing is resumed.
    init(_ context: LibraryContext, _ sessions: SessionStore?, _ address: SocketAddress?) {
        self.context = context
        self.sessions = sessions
        self.address = address
        unsafe client = .allocate(capacity: 1)
        // SAFETY: a transport keeps this object for as long as its stream may call.
        unsafe client.initialize(
            to: ctls_client(
                owner: Unmanaged.passUnretained(self).toOpaque(),
                keep: { owner, session in
                    let origin = unsafe Unmanaged<SessionOrigin>.fromOpaque(owner)
                    unsafe origin.takeUnretainedValue().keep(ClientSession(owning: session))
                }))
    }

    deinit { unsafe client.deallocate() }

    private func keep(_ session: ClientSession) {
        sessions?.keep(session, for: address)
    }

    /// Has `stream` resume an earlier session, if there is one.
    func resume(on stream: OpaquePointer) {
        guard let session = sessions?.take(for: address) else { return }
        // It only fails where the session is of another version, and then there is none.
        _ = unsafe SSL_set_session(ctls_ssl(stream), session.pointer)
    }
}
