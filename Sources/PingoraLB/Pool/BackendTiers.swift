import PingoraCore

/// An immutable snapshot: the backends, and the algorithms that were built for exactly these.
///
/// It is a class so that a thread takes its snapshot with one reference.
final class BackendTiers: Sendable {
    let members: [BackendMember]
    /// One algorithm for those that are no backups, and one for those that are, if there are any.
    /// Each knows all members; those of the other tier are drained for it.
    private let tiers: [any SelectionAlgorithm]
    var tierCount: Int { tiers.count }
    /// How many have a weight and are no backups.
    let primaryCount: Int
    /// How many have a weight.
    let weightedCount: Int
    private let tagged: [BackendTag: Int]
    /// Whether a backend serves no more than so many requests at the same time.
    let hasLimits: Bool

    typealias Algorithm = @Sendable ([Candidate]) -> any SelectionAlgorithm

    init(_ members: [BackendMember], _ algorithm: Algorithm) {
        self.members = members
        let weighted = members.filter { $0.backend.weight > 0 }
        weightedCount = weighted.count
        primaryCount = weighted.count { !$0.backend.isBackup }
        let tags = members.indices.compactMap { index in members[index].tag.map { ($0, index) } }
        tagged = Dictionary(tags) { first, _ in first }
        hasLimits = members.contains { $0.limit < .max }
        let tiers = weightedCount > primaryCount ? [false, true] : [false]
        self.tiers = tiers.map { isBackup in
            algorithm(
                members.map { member in
                    let isIncluded = member.backend.isBackup == isBackup
                    return Candidate(
                        weight: isIncluded ? member.backend.weight : 0,
                        label: member.backend.label, load: member.state.load)
                })
        }
    }

    func member(tagged tag: BackendTag) -> BackendMember? { tagged[tag].map { members[$0] } }

    /// What the algorithm makes of a key.
    func hash(_ key: Span<UInt8>) -> UInt64 { tiers[0].hash(key) }

    /// A tier's first choice among its members that are accepted: checked ones before doubtful
    /// ones.
    ///
    /// - Parameter draw: of 65 536, decides which of those that have just come back are left out.
    func select(
        _ request: SelectionRequest, tier: Int, draw: () -> UInt64,
        accepting: (BackendMember, BackendState.Standard) -> Bool
    ) -> BackendMember? {
        var seed: UInt64?
        let ready = tiers[tier].select(request) { index in
            let member = members[index]
            guard member.state.traits.contains(.ramping) else {
                return accepting(member, .full(draw: 0))
            }
            let ticket = seed ?? draw()
            seed = ticket
            return accepting(member, .full(draw: BackendTiers.share(ticket, index)))
        }
        if let ready { return members[ready] }
        return tiers[tier].select(request) { accepting(members[$0], .doubtful) }
            .map { members[$0] }
    }

    /// Of those that are no backups, whichever the algorithm chooses, fit or not.
    func selectInPanic(
        _ request: SelectionRequest, accepting: (BackendMember) -> Bool
    ) -> BackendMember? {
        tiers[0].select(request) { accepting(members[$0]) }.map { members[$0] }
    }

    /// From 0 to 65 535, the same for the same ticket and index, as an algorithm may ask twice.
    private static func share(_ ticket: UInt64, _ index: Int) -> Int64 {
        var mixed = (ticket &+ UInt64(index)) &* 0x9e37_79b9_7f4a_7c15
        mixed ^= mixed >> 32
        mixed = mixed &* 0xbf58_476d_1ce4_e5b9
        return Int64(mixed >> 48)
    }
}
