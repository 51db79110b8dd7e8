/// What the checks of one backend have come to. Pure.
///
/// The first result decides alone; later ones need several in a row, so that one lost packet does
/// not take a backend out, and one lucky answer does not bring it back.
struct HealthState {
    enum Status: Equatable {
        /// Never checked.
        case unknown
        case healthy
        case unhealthy
    }

    private(set) var status = Status.unknown
    /// Results in a row that contradict the status.
    private var contradictions = 0

    /// Takes in the result of a check.
    ///
    /// - Parameters:
    ///   - rise: passed checks in a row that make an unhealthy backend healthy, at least 1.
    ///   - fall: failed checks in a row that make a healthy one unhealthy, at least 1.
    /// - Returns: the status, if it has changed.
    mutating func note(passed: Bool, rise: Int, fall: Int) -> Status? {
        let seen = passed ? Status.healthy : .unhealthy
        guard status != seen else {
            contradictions = 0
            return nil
        }
        contradictions += 1
        guard status == .unknown || contradictions >= (passed ? rise : fall) else { return nil }
        status = seen
        contradictions = 0
        return status
    }
}
