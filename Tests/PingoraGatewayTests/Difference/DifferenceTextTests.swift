import PingoraCore
import Testing

@testable import PingoraGateway

@Suite("DifferenceText")
struct DifferenceTextTests {
    private static let listener = ConfigurationFixture.base
    private static let three = """
        listeners: [127.0.0.1:81]
        upstreams: {app: {servers: [127.0.0.1:81]}}
        max_retries: 2
        """

    @Test("is green for what is new, red for what is gone, yellow for the rest, if asked to be")
    func colours() {
        let text = "\(DifferenceText(difference(Self.listener, Self.three), isColoured: true))"
        #expect(
            text == """
                listeners
                  \u{1b}[32m+ 127.0.0.1:81\u{1b}[0m
                  \u{1b}[31m- 127.0.0.1:80\u{1b}[0m
                settings
                  \u{1b}[33m~ max_retries  16 -> 2\u{1b}[0m
                3 changes: by reload (SIGHUP)
                """)
    }

    @Test("colours a change within a group by what it is")
    func inner() {
        let text = Self.listener.replacing("127.0.0.1:81", with: "127.0.0.1:82")
        let lines = "\(DifferenceText(difference(Self.listener, text), isColoured: true))"
            .split(separator: "\n")
        #expect(lines[1] == "  \u{1b}[32m~ app  + 127.0.0.1:82\u{1b}[0m")
        #expect(lines[2] == "  \u{1b}[31m~ app  - 127.0.0.1:81\u{1b}[0m")
    }

    @Test(
        "sums up",
        arguments: [
            ("", "no changes"), ("max_retries: 2", "1 change: by reload (SIGHUP)"),
            ("daemon: true", "1 change: at the next start or upgrade"),
            ("{daemon: true, user: x}", "2 changes: at the next start or upgrade"),
            (
                "{daemon: true, log_level: debug, max_retries: 2}",
                "3 changes: 2 by reload (SIGHUP), 1 at the next start or upgrade"
            ),
        ])
    func summary(settings: String, expected: String) {
        let lines = settings.filter { !"{}".contains($0) }.replacing(", ", with: "\n")
        let text = DifferenceText(difference(Self.listener, Self.listener + lines))
        #expect(text.summary == expected)
        #expect(text.description.hasSuffix(expected))
    }

    private func difference(_ old: String, _ new: String) -> ConfigurationDifference {
        ConfigurationDifference(
            from: ConfigurationFixture.read(old).configuration,
            to: ConfigurationFixture.read(new).configuration)
    }
}
