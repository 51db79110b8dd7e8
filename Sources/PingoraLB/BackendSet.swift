/// An immutable snapshot: the backends, and the algorithm that was built for exactly these.
///
/// It is a class so that a thread takes its snapshot with one reference. `@inlinable`, as the
/// choice is made for every request and is generic: unspecialised it costs twice as much.
@usableFromInline
final class BackendSet<Algorithm: SelectionAlgorithm>: Sendable {
    @usableFromInline let backends: [Backend]
    @usableFromInline let algorithm: Algorithm

    init(_ backends: [Backend]) {
        self.backends = backends
        algorithm = Algorithm(backends.map { Candidate(weight: $0.weight, label: $0.label) })
    }

    @inlinable
    func select(key: UInt64?, accepting: (Backend) -> Bool) -> Backend? {
        let index = algorithm.select(SelectionRequest(key: key)) { accepting(backends[$0]) }
        return index.map { backends[$0] }
    }
}
