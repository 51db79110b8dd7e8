import PingoraCore
import PingoraTLS
import Synchronization

/// The keys of session tickets of a process: all listeners share them, they outlast reloads, and a
/// successor goes on with them. In memory only.
///
/// Who speaks no TLS makes none.
final class TicketKeyStore: InheritableSecrets {
    private let made = Mutex<TicketKeys?>(nil)

    /// The keys, which are made for whoever asks first.
    func keys() throws(TLSError) -> TicketKeys {
        let result: Result<TicketKeys, TLSError> = made.withLock { made in
            if let made { return .success(made) }
            do throws(TLSError) {
                let keys = try TicketKeys()
                made = keys
                return .success(keys)
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    func exported() -> [UInt8] {
        made.withLock { $0 }?.exported() ?? []
    }

    func inherit(_ bytes: [UInt8]) {
        do throws(TLSError) {
            try keys().take(over: bytes)
            log.info("ticket_keys_inherited")
        } catch {
            // Clients of the predecessor make a full handshake.
            log.warning("ticket_keys_not_inherited", ("error", error))
        }
    }
}
