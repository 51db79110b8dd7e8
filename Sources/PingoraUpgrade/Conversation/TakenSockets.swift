/// The sockets that a predecessor gave, by name. Those that nobody claimed are closed in the end.
public struct TakenSockets: ~Copyable {
    /// The names of the sockets that are not claimed yet, in the order in which they came.
    public private(set) var names: [SocketName] = []
    /// What the predecessor told along with them.
    public internal(set) var secrets = HandedSecrets()
    private var descriptors = DescriptorList()

    init() {}

    /// How many are not claimed yet.
    public var count: Int { names.count }

    /// Takes out the first socket of this name; nil when there is none. O(count).
    public mutating func claim(_ name: SocketName) -> Descriptor? {
        guard let index = names.firstIndex(of: name) else { return nil }
        names.remove(at: index)
        return descriptors.take(at: index)
    }

    mutating func append(_ more: [SocketName], _ list: inout DescriptorList) {
        precondition(more.count == list.count, "a name for each descriptor")
        names += more
        descriptors.append(owning: list.takeAll())
    }
}
