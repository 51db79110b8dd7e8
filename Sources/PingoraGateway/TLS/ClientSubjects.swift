import PingoraCore
import PingoraHTTP
import PingoraProxy

/// The fields that tell servers whose certificate a client has shown. Servers believe them, so
/// nobody else's get through: not those of clients, on whatever listener.
struct ClientSubjects: Sendable {
    private let names: [FieldName]
    private let nameByListener: [SocketAddress: FieldName]

    /// As the listeners want it.
    init(_ listeners: [SocketAddress: GatewayConfiguration.ListenerTLS]) {
        nameByListener = listeners.compactMapValues(\.clientSubjectHeader)
        names = Array(Set(nameByListener.values))
    }

    /// Whether there is any such field.
    var areTold: Bool { !names.isEmpty }

    /// Removes what the client sent under these names, and adds the subject of its certificate
    /// where its listener says so.
    func tell(_ session: borrowing Session, _ fields: inout Fields) {
        for name in names { fields.removeLookalikes(of: name) }
        guard session.isSecure, let listener = session.client.listener,
            let name = nameByListener[listener],
            let subject = session.transportDetails?.peerSubject
        else { return }
        fields.append(name, subject)
    }
}
