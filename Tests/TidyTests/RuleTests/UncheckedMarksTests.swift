import Testing

@Suite("UncheckedMarks")
struct UncheckedMarksTests {
    @Test(
        "wants a comment within three lines",
        arguments: [
            ("final class A: @unchecked Sendable {}", [1]),
            ("// Why.\n\n\nnonisolated(unsafe) let x = y", []),
            ("// Why.\n\n\n\nnonisolated(unsafe) let x = y", [5]),
            ("nonisolated(unsafe) let x = y  // Why.", []),
            ("final class A: @unchecked Sendable {\n\n\n// Why.\n}", []),
            ("f(\"@unchecked Sendable\")", []),
        ])
    func comment(text: String, lines: [Int]) {
        let found = UncheckedMarks.unexplained(SourceFile(path: "A.swift", text))
        #expect(found.map(\.line) == lines)
    }

    @Test("counts, and names the places where there are too many")
    func count() {
        let file = SourceFile(
            path: "A.swift", "// nonisolated(unsafe)\nnonisolated(unsafe) var x = 0")
        let mark = "nonisolated(unsafe)"
        #expect(UncheckedMarks.excess(of: mark, in: [file, file], allowed: 2) == nil)
        let message = UncheckedMarks.excess(of: mark, in: [file, file], allowed: 1)
        #expect(message?.hasPrefix("2 times nonisolated(unsafe), at most 1") == true)
        #expect(message?.hasSuffix("A.swift:2, A.swift:2") == true)
    }
}
