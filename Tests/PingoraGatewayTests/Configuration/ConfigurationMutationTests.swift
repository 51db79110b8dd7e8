import PingoraConfig
import TestSupport
import Testing

@testable import PingoraGateway

@Suite("Damaged configurations")
struct ConfigurationMutationTests {
    private static let dangerous: [UInt8] =
        Array("&*!|>'\"%@`{}[]-?:,#\t\n ~<0/.".utf8) + [0x1b, 0xc2, 0x85, 0xff]

    @Test(
        "are reported in lines that harm no terminal, or can be served",
        arguments: 1...8 as ClosedRange<UInt64>)
    func mutations(seed: UInt64) throws {
        let whole = Array(try ConfigurationFixture.text(of: "docs/examples/lb.yaml").utf8)
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<250 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let index = Int.random(in: 0..<bytes.count, using: &generator)
                let byte = Self.dangerous.randomElement(using: &generator) ?? 0
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: bytes.remove(at: index)
                case 1: bytes[index] = byte
                case 2: bytes.insert(byte, at: index)
                default: bytes.removeSubrange(index..<min(index + 20, bytes.count))
                }
            }
            check(bytes)
        }
    }

    private func check(_ bytes: [UInt8]) {
        let problems = ProblemList()
        let configuration = GatewayConfiguration(parsing: bytes, problems: problems)
        for problem in problems.inOrder {
            let text = problem.text(file: "f")
            #expect(text.count <= 400)
            let isHarmless = text.unicodeScalars.allSatisfy { scalar in
                scalar.isASCII ? 32..<127 ~= scalar.value : scalar.properties.isAlphabetic
            }
            #expect(isHarmless, "\(text.debugDescription)")
        }
        guard problems.isEmpty else { return }
        #expect(!configuration.listeners.isEmpty && !configuration.upstreams.isEmpty)
        let upstreams = configuration.upstreams
        #expect(upstreams.allSatisfy { $0.servers.contains { $0.weight > 0 } })
        #expect(configuration.routes.allSatisfy { upstreams.indices ~= $0.upstream })
        // It takes what was read, whatever that is.
        _ = Gateway(configuration)
    }
}
