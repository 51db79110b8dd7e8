import Testing

@Suite("CodeLine")
struct CodeLineTests {
    @Test(
        "separates code, comments and texts",
        arguments: [
            ("let x = 1  // why", "let x = 1  ", "// why"),
            (#"f("// no { comment") // yes"#, #"f("") "#, "// yes"),
            (#"f("a\"b{") + g"#, #"f("") + g"#, ""),
            (#"f("\(x["{"]!)}")"#, #"f("(x[""]!)")"#, ""),
            (##"f(#"a"b\"{"#)"##, #"f("")"#, ""),
            ("a /* b /* c */ d */ e", "a  e", " b  c  d "),
            ("/// Doc.", "", "/// Doc."),
            (#"#if os(Linux)"#, "#if os(Linux)", ""),
        ])
    func separates(line: String, code: String, comment: String) {
        #expect(CodeLine.lines(of: line) == [CodeLine(code: code, comment: comment)])
    }

    @Test("carries texts and comments of several lines over")
    func severalLines() {
        let sample = #"""
            let x = """
              { // \(y + "}")
              "" """
            /* {
            } */ z
            """#
        #expect(
            CodeLine.lines(of: sample).map(\.code) == ["let x = \"", "(y + \"\")", "\"", "", " z"])
    }

    @Test("recovers from a text that does not end")
    func unterminated() {
        #expect(CodeLine.lines(of: "f(\"a\ng()").map(\.code) == ["f(\"", "g()"])
    }
}
