import TestSupport
import Testing

@testable import PingoraConfig

@Suite("YAMLTree on damaged files")
struct YAMLMutationTests {
    private static let text = """
        version: 1 # ü
        listeners:
          - address: "[::]:80"
        upstreams:
          a: {servers: [x, 'y']}
        extensions:
          note: |
            two
            lines

        """

    @Test("reads every prefix, or reports a place within it")
    func prefixes() {
        let bytes = Array(Self.text.utf8)
        for count in 0...bytes.count { check(Array(bytes[..<count])) }
    }

    @Test("survives random bytes in random places", arguments: 1...8 as ClosedRange<UInt64>)
    func mutations(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let dangerous: [UInt8] =
            Array("&*!|>'\"%@`{}[]-?:,#\t\n\r ~<".utf8) + [0, 0x80, 0xc3, 0xff]
        for _ in 0..<500 {
            var bytes = Array(Self.text.utf8)
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let index = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: bytes.remove(at: index)
                case 1:
                    bytes[index] = dangerous.randomElement(using: &generator) ?? 0
                default:
                    bytes.insert(dangerous.randomElement(using: &generator) ?? 0, at: index)
                }
            }
            check(bytes)
        }
    }

    /// Either a tree or a problem, and each problem in a line that the text has or just behind it.
    private func check(_ bytes: [UInt8]) {
        let problems = ProblemList()
        let value = ConfigurationValue(parsing: bytes, problems: problems)
        #expect(value != nil || !problems.isEmpty)
        let lines = 2 + bytes.count { $0 == 0x0a || $0 == 0x0d }
        for problem in problems.inOrder {
            #expect(1...lines ~= problem.position.line, "\(bytes)")
            #expect(1...bytes.count + 1 ~= problem.position.column, "\(bytes)")
        }
    }
}
