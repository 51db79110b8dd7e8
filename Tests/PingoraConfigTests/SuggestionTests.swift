import Testing

@testable import PingoraConfig

@Suite("Suggestion")
struct SuggestionTests {
    @Test(
        "counts edits",
        arguments: [
            ("", "", 0), ("a", "", 1), ("", "ab", 2), ("abc", "abc", 0), ("abc", "abd", 1),
            ("abc", "acb", 1), ("abcd", "badc", 2), ("kitten", "sitting", 3),
            ("conect", "connect", 1), ("flaw", "lawn", 2),
        ])
    func distance(first: String, second: String, expected: Int) {
        #expect(Suggestion.distance(Array(first.utf8), Array(second.utf8)) == expected)
        #expect(Suggestion.distance(Array(second.utf8), Array(first.utf8)) == expected)
    }

    @Test(
        "finds what was meant, and nothing where that is not likely",
        arguments: [
            ("upstream", "upstreams"), ("THREADS", "threads"), ("listner", "listeners"),
            ("error-log", "error_log"), ("ap", "api"), ("timeout", "timeouts"),
            ("err", "error_log"), ("er", nil), ("x", nil), ("abcdefg", nil), ("", nil),
            (String(repeating: "x", count: 1000), nil),
        ] as [(String, String?)])
    func nearest(name: String, expected: String?) {
        let names = ["upstreams", "threads", "listeners", "error_log", "api", "timeouts"]
        #expect(Suggestion.nearest(to: name, among: names) == expected)
    }

    @Test("prefers fewer edits, then the first")
    func prefers() {
        #expect(
            Suggestion.nearest(to: "client_bodi", among: ["client_idle", "client_body"])
                == "client_body")
        #expect(Suggestion.nearest(to: "abx", among: ["aby", "abz"]) == "aby")
    }
}
