import Testing

@Suite("Links")
struct LinksTests {
    @Test(
        "resolves a link from its page",
        arguments: [
            ("B.md", "docs/B.md"), ("./B.md", "docs/B.md"), ("../README.md", "README.md"),
            ("adr/1.md#why", "docs/adr/1.md"), ("/LICENSE", "LICENSE"), ("a%20b.md", "docs/a b.md"),
            ("../..", ".."), ("#here", nil), ("https://swift.org", nil), ("mailto:a@b.c", nil),
        ] as [(String, String?)])
    func resolves(target: String, path: String?) {
        #expect(Links.path(target, from: "docs/A.md") == path)
    }

    @Test(
        "finds the links of a line",
        arguments: [
            ("a [b](c.md) d ![e](f.png \"g\")", ["c.md", "f.png"]),
            ("[a]: b.md", ["b.md"]), ("[a]: <b.md> \"c\"", ["b.md"]),
            ("`[a](b.md)` and [`c`](d.md)", ["d.md"]), ("f[x](y", ["y"]), ("plain", []),
        ])
    func targets(line: String, targets: [String]) {
        #expect(Links.targets(line) == targets)
    }

    @Test("reports what is not there, outside of code blocks")
    func broken() {
        let page = SourceFile(
            path: "docs/A.md",
            "[a](B.md)\n```\n[b](C.md)\n```\n[c](C.md)\n[d](https://swift.org)\n")
        #expect(
            Links.broken(page) { $0 == "docs/B.md" }.map(\.description) == [
                "docs/A.md:5: link to C.md, which is not there: correct it"
            ])
    }
}
