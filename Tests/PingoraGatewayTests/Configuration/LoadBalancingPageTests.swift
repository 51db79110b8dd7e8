import PingoraConfig
import Testing

@testable import PingoraGateway

/// docs/LOAD_BALANCING.md is checked against the code: what it shows loads, and it leaves nothing
/// out.
@Suite("docs/LOAD_BALANCING.md")
struct LoadBalancingPageTests {
    private let page: String
    private let blocks: [String]

    init() throws {
        page = try ConfigurationFixture.text(of: "docs/LOAD_BALANCING.md")
        blocks = page.split(separator: "```yaml\n").dropFirst().map { block in
            let end = block.firstRange(of: "```")?.lowerBound ?? block.endIndex
            return "listeners: [0.0.0.0:6188]\n" + block[..<end]
        }
    }

    @Test("shows examples that load, below the line that it says")
    func examples() {
        #expect(page.contains("`listeners: [0.0.0.0:6188]`"))
        #expect(blocks.count > 9)
        for block in blocks {
            #expect(ConfigurationFixture.read(block).problems == [], "\(block)")
        }
    }

    @Test("shows each key of a group of servers in an example")
    func keys() {
        let names = ConfigurationKeysTests.keys.map(\.path)
            // What is said of TLS stands in docs/TLS.md.
            .filter { $0.hasPrefix("upstreams.NAME.") && !$0.hasPrefix("upstreams.NAME.tls.") }
            .compactMap { $0.split(separator: ".").last }
        #expect(names.count > 20)
        let rare: Set<Substring> = ["host_header", "method", "jitter_percent", "parallel"]
        for name in names where !rare.contains(name) {
            #expect(blocks.contains { $0.contains("\(name):") }, "\(name)")
        }
    }

    @Test("names each algorithm")
    func algorithms() {
        for algorithm in GatewayConfiguration.Algorithm.allCases {
            #expect(page.contains("| `\(algorithm.rawValue)` |"))
        }
    }
}
