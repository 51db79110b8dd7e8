import Foundation
import Testing

/// Texts that are compared with a file as it was reviewed last. `UPDATE_GOLDEN=1 swift test
/// --filter PingoraGatewayTests` rewrites the files; review the difference.
enum GoldenText {
    private static let isUpdating = ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1"
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "Golden")

    static func expect(
        _ text: String, in name: String, at location: SourceLocation = #_sourceLocation
    ) throws {
        let file = folder.appending(path: name)
        if isUpdating { return try text.write(to: file, atomically: true, encoding: .utf8) }
        let reviewed = try String(contentsOf: file, encoding: .utf8)
        #expect(text == reviewed, "\(name)", sourceLocation: location)
    }
}
