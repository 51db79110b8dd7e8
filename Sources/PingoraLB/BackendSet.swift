/// An immutable snapshot: the backends, and the algorithm that was built for exactly these.
///
/// It is a class so that a thread takes its snapshot with one reference.
final class BackendSet<Algorithm: SelectionAlgorithm>: Sendable {
    let backends: [Backend]
    private let algorithm: Algorithm

    init(_ backends: [Backend]) {
        self.backends = backends
        algorithm = Algorithm(weights: backends.map(\.weight), labels: backends.map(\.label))
    }

    func select(key: UInt64?, accepting: (Backend) -> Bool) -> Backend? {
        let index = algorithm.select(key: key) { accepting(backends[$0]) }
        return index.map { backends[$0] }
    }
}
