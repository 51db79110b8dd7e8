import CTLS
public import PingoraCore
import Synchronization

/// The keys of session tickets of a whole process: all listeners and threads share them, and a
/// successor takes them over, so that sessions outlive both.
///
/// A key encrypts for `interval` and decrypts for as long again and again: what a ticket resumes
/// can be read by whoever gets its key, so keys do not live long (RFC 5077 section 5.5). Nobody has
/// to rotate them: the first handshake after the interval does.
public final class TicketKeys: Sendable {
    private let ring: Mutex<TicketRing>
    private let interval: TimeLimit
    private let olderCount: Int

    /// New keys: twelve hours each, so that a ticket is good for at least a day.
    ///
    /// - Throws: `TLSError` where the system has no randomness to give.
    public init(
        rotatedEvery interval: TimeLimit = .seconds(12 * 3600), olderCount: Int = 2
    ) throws(TLSError) {
        guard let key = TicketKey.random() else {
            throw .library("ticket keys", reason: LibraryErrors.take())
        }
        let now = MonotonicTime.current.nanoseconds
        ring = Mutex(TicketRing(key, olderCount: olderCount, now: now))
        self.interval = interval
        self.olderCount = olderCount
    }

    /// All keys, for the successor in an upgrade; see `import`. They are secret.
    package func exported() -> [UInt8] { ring.withLock { $0.exported } }

    /// Takes over the keys of a predecessor on this machine, in place of its own.
    ///
    /// - Throws: `TLSError.badTicketKeys`, and keeps its own.
    package func take(over bytes: [UInt8]) throws(TLSError) {
        let now = MonotonicTime.current.nanoseconds
        guard let taken = TicketRing(exported: bytes, olderCount: olderCount, now: now) else {
            throw .badTicketKeys
        }
        ring.withLock { $0 = taken }
    }

    /// Has a new key encrypt from now on.
    package func rotate() {
        guard let key = TicketKey.random() else { return }
        let now = MonotonicTime.current.nanoseconds
        ring.withLock { $0.rotate(to: key, now: now) }
    }

    /// What OpenSSL asks; see `find_key` in CTLS.h.
    func find(_ name: UnsafePointer<UInt8>?, _ key: UnsafeMutablePointer<ctls_ticket_key>) -> CInt {
        let now = MonotonicTime.current.nanoseconds
        if ring.withLock({ $0.isDue(at: now, interval: interval.nanoseconds) }) { rotate() }
        let name = unsafe name.map { name in
            unsafe UnsafeBufferPointer(start: name, count: TicketKey.nameSize)
        }
        let found = ring.withLock { ring in
            guard let name = unsafe name else {
                return (0, ring.entries[0].key) as (Int, TicketKey)?
            }
            return unsafe ring.index(of: name).map { ($0, ring.entries[$0].key) }
        }
        guard let (index, bytes) = found else { return 0 }
        // SAFETY: a key has 80 bytes, as the structure, which holds bytes alone.
        unsafe withUnsafeMutableBytes(of: &key.pointee) { unsafe $0.copyBytes(from: bytes.bytes) }
        return index == 0 ? 1 : 2
    }
}
