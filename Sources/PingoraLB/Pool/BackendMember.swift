import PingoraCore

/// A backend of one set, with what is known of it.
final class BackendMember: Sendable {
    let backend: Backend
    let state: BackendState
    let limit: Int
    /// What clients that come back to it say; nil where they have nothing to say.
    let tag: BackendTag?

    init(_ backend: Backend, _ state: BackendState, _ tag: BackendTag? = nil) {
        self.backend = backend
        self.tag = tag
        self.state = state
        limit = backend.maximumRequests ?? .max
    }

    var hasRoom: Bool { state.load.inFlight < limit }

    /// Counts a request in; false where there is no room.
    func begin(at now: MonotonicTime) -> Bool {
        if limit == .max {
            state.load.begin()
        } else if !state.load.begin(limit: limit) {
            return false
        }
        state.beginUse(at: now)
        return true
    }
}
