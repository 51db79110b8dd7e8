import CLinux

/// The one owner of descriptors that came with a message. Those that nobody took are closed.
struct DescriptorList: ~Copyable {
    private(set) var numbers: [CInt]

    init(owning numbers: [CInt] = []) {
        self.numbers = numbers
    }

    deinit {
        for number in numbers { _ = clinux_close(number) }
    }

    var count: Int { numbers.count }

    mutating func append(owning more: some Sequence<CInt>) {
        numbers.append(contentsOf: more)
    }

    /// Takes all of them out; the caller owns them.
    mutating func takeAll() -> [CInt] {
        let all = numbers
        numbers = []
        return all
    }

    /// Takes one of them out; the caller owns it.
    mutating func take(at index: Int) -> Descriptor {
        Descriptor(owning: numbers.remove(at: index))
    }
}
