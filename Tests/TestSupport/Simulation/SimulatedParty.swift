/// Somebody at the far end of a connection of the simulation, who is called between the turns of
/// the loop.
public protocol SimulatedParty: AnyObject {
    var endpoint: SimulatedEndpoint { get }
    /// Does what can be done; true if anything moved.
    func step() -> Bool
    /// When to call again though nothing came; `Int64.max` for no such time.
    var wakes: Int64 { get }
    /// Whether there is nothing left to do.
    var isFinished: Bool { get }
    /// What did not go as it should have; nil if all is well.
    var complaint: String? { get }
}
