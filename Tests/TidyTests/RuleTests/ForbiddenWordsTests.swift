import Testing

@Suite("ForbiddenWords")
struct ForbiddenWordsTests {
    @Test(
        "finds what traps",
        arguments: [
            "let x = try! f()", "f(try! g())", "return x as! Int", "default: fatalError()",
            "let y = x!", "x!.f()", "f()![0]", "x[0]! + 1", "var x: Int!", "f(\"\\(x!)\")",
        ])
    func traps(line: String) {
        let found = ForbiddenWords.traps(SourceFile(path: "A.swift", "\n" + line))
        #expect(found.map(\.line) == [2])
    }

    @Test(
        "leaves the rest alone",
        arguments: [
            "if x != y, !z { return !f() }", "try? f()", "x as? Int", "// try! x as! y!",
            "f(\"try! it\")", "#expect(!x)", "x.filter(!)", "#if !os(Linux)", "fatalErrors += 1",
        ])
    func harmless(line: String) {
        #expect(ForbiddenWords.traps(SourceFile(path: "A.swift", line)).isEmpty)
    }

    @Test("finds what is unfinished, in comments only")
    func unfinished() {
        let file = SourceFile(
            path: "A.swift", "// TODO: x\nlet TODO = \"FIXME\"\n/// FIXME\n// XXX1")
        #expect(
            ForbiddenWords.unfinished(file).map(\.description) == [
                "A.swift:1: TODO: open an issue, or document the limitation",
                "A.swift:3: FIXME: open an issue, or document the limitation",
            ])
    }
}
