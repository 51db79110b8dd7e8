import Testing

@Suite("Documentation")
struct DocumentationTests {
    @Test(
        "wants a comment in a file with something public",
        arguments: [
            ("import A\npublic struct B {}", [2]),
            ("// Not this.\npublic let x = 1", [2]),
            ("/// This.\npublic let x = 1", []),
            ("public import A\nlet x = \"public\"", []),
        ])
    func missing(text: String, lines: [Int]) {
        let found = Documentation.missing(SourceFile(path: "Sources/A.swift", text))
        #expect(found.map(\.line) == lines)
    }

    @Test("leaves tests alone")
    func tests() {
        #expect(Documentation.missing(SourceFile(path: "Tests/A.swift", "public let x = 1")) == [])
    }
}
