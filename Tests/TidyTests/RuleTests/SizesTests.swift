import Testing

@Suite("Sizes")
struct SizesTests {
    @Test("allows 400 lines and no more")
    func files() {
        #expect(Sizes.longFiles(sample(String(repeating: "\n", count: 400))).isEmpty)
        let long = Sizes.longFiles(sample(String(repeating: "\n", count: 401)))
        #expect(long.map(\.line) == [401])
    }

    @Test("allows 100 columns and no more, except for addresses in comments")
    func lines() {
        let exact = String(repeating: "x", count: 100)
        let text = [exact, exact + "y", "// https://" + exact, "f() // http://" + exact]
        #expect(
            Sizes.longLines(sample(text.joined(separator: "\n"))).map(\.description) == [
                "Sources/A.swift:2: 101 columns, at most 100: break the line",
                "Sources/A.swift:4: 114 columns, at most 100: break the line",
            ])
    }

    @Test(
        "allows 60 lines of a function and no more",
        arguments: [
            "func f() {", "    @inlinable public static func f(_ g: () -> Void = {}) throws {",
            "init(x: [Int]) {", "    private init?<T>(x: T) where T: P {", "deinit {",
            "subscript(x: Int) -> Int {",
        ])
    func functions(declaration: String) {
        let body = { String(repeating: "    if x { y(\"{\") }\n", count: $0) }
        let before = "protocol P {\n    func a()\n    init()\n}\n"
        let short = before + declaration + "\n" + body(58) + "}\nlet x = 1\n"
        let long = before + declaration + "\n" + body(59) + "}\n"
        #expect(Sizes.longFunctions(sample(short)).isEmpty)
        #expect(Sizes.longFunctions(sample(long)).map(\.line) == [5])
    }

    @Test(
        "takes no call for a declaration",
        arguments: ["self.init(x) {", "let f = init(x)", "x.map { init($0) }", "// func f() {"])
    func calls(code: String) {
        #expect(!Sizes.declaresFunction(CodeLine.lines(of: code)[0].code))
    }

    private func sample(_ text: String) -> SourceFile {
        SourceFile(path: "Sources/A.swift", text)
    }
}
