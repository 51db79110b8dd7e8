/// The idle connections of one key. A connection remembers its group, so that giving it back costs
/// no look-up.
///
/// Invariant: everything here is touched under the lock of the pool it belongs to.
final class IdleGroup {
    let key: ReuseKey
    /// The last one was given back last.
    var connections: [Connection] = []
    /// Whether the pool still knows it; a group that was empty for long may be forgotten.
    var isListed = true

    init(_ key: ReuseKey) {
        self.key = key
    }
}
