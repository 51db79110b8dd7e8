import Foundation
import Testing

@testable import PingoraGateway

/// `UPDATE_GOLDEN=1 swift test --filter DifferenceGoldenTests` rewrites the page; review the
/// difference.
@Suite("Golden page of differences")
struct DifferenceGoldenTests {
    private static let page = "differences.md"

    @Test("says what comes of two files")
    func page() throws {
        let text = try ConfigurationFixture.text(
            of: "Tests/PingoraGatewayTests/Golden/\(Self.page)")
        // A block begins and ends with a fence, so that every second part is one.
        var parts = text.components(separatedBy: "```")
        try #require(parts.count > 30 && parts.count % 6 == 1)
        for index in stride(from: 1, to: parts.count, by: 6) {
            let difference = try difference(parts[index], parts[index + 2])
            parts[index + 4] = "text\n\(DifferenceText(difference))\n"
        }
        try GoldenText.expect(parts.joined(separator: "```"), in: Self.page)
    }

    private func difference(_ old: String, _ new: String) throws -> ConfigurationDifference {
        let configurations = try [old, new].map { block in
            try #require(block.hasPrefix("yaml\n"))
            let (configuration, problems) = ConfigurationFixture.read(
                String(block.dropFirst("yaml\n".count)))
            #expect(problems == [], "\(block)")
            return configuration
        }
        return ConfigurationDifference(from: configurations[0], to: configurations[1])
    }
}
