import Testing

@Suite("The examples")
struct ExampleTests {
    private let programs = Repository.swiftFiles.filter {
        $0.path.hasPrefix("Examples/Programs/")
    }

    @Test("are complete programs of fewer than 90 lines")
    func size() {
        #expect(programs.count >= 6)
        for program in programs {
            #expect(program.text.count < 90, "\(program.path)")
        }
    }

    @Test("begin with a comment that says what to try")
    func comment() {
        for program in programs {
            let comment = program.text.prefix { $0.hasPrefix("//") }
            #expect(comment.contains { $0.hasPrefix("//     $ curl ") }, "\(program.path)")
        }
    }

    @Test("are listed on their page")
    func listed() throws {
        let page = try #require(Repository.pages.first { $0.path == "Examples/README.md" })
        for program in programs {
            let name = program.path.dropFirst("Examples/".count)
            #expect(page.text.contains { $0.contains("(\(name))") }, "\(program.path)")
        }
    }

    @Test("stand in the README as they are compiled")
    func quickStart() throws {
        let example = try #require(programs.first { $0.path.hasSuffix("/QuickStart.swift") })
        let page = try #require(Repository.pages.first { $0.path == "README.md" })
        let shown = page.text.drop { $0 != "```swift" }.dropFirst().prefix { $0 != "```" }
        #expect(Array(shown) == Array(example.text.drop { $0.hasPrefix("//") }))
    }
}
