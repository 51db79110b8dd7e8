import Testing

@Suite("The repository")
struct RepositoryTests {
    private let files = Repository.swiftFiles

    @Test("is where these tests look for it")
    func found() {
        #expect(Repository.exists("Package.swift"))
        #expect(files.count > 50)
        #expect(files.contains { $0.path == "Tests/TidyTests/RepositoryTests.swift" })
        #expect(Repository.pages.allSatisfy { !$0.path.contains(".build/") })
    }

    @Test("has no file of more than 400 lines")
    func fileLength() {
        expectNone(files.flatMap(Sizes.longFiles))
    }

    @Test("has no function of more than 60 lines")
    func functionLength() {
        expectNone(files.flatMap(Sizes.longFunctions))
    }

    @Test("has no line of more than 100 columns")
    func lineLength() {
        expectNone(files.flatMap(Sizes.longLines))
    }

    @Test("has no forced try, cast or unwrapping, and no fatalError")
    func traps() {
        expectNone(files.flatMap(ForbiddenWords.traps))
    }

    @Test("leaves nothing unfinished in a comment")
    func unfinished() {
        expectNone(files.flatMap(ForbiddenWords.unfinished))
    }

    @Test("imports along the arrows between the modules")
    func imports() {
        expectNone(files.flatMap(Imports.violations))
    }

    @Test("documents what is public")
    func documentation() {
        expectNone(files.flatMap(Documentation.missing))
    }

    @Test("links to pages that are there")
    func links() {
        expectNone(Repository.pages.flatMap { Links.broken($0, exists: Repository.exists) })
    }

    @Test("explains what the compiler does not check")
    func unexplained() {
        expectNone(files.flatMap(UncheckedMarks.unexplained))
    }

    // The numbers may only fall. Who lowers a count lowers the number with it.
    @Test(
        "lets the compiler check thread safety",
        arguments: [
            ("@unchecked Sendable", "Sources/", 7), ("@unchecked Sendable", "Tests/", 1),
            ("nonisolated(unsafe)", "Sources/", 4), ("nonisolated(unsafe)", "Tests/", 4),
        ])
    func unchecked(mark: String, folder: String, allowed: Int) {
        let inFolder = files.filter { $0.path.hasPrefix(folder) }
        let excess = UncheckedMarks.excess(of: mark, in: inFolder, allowed: allowed)
        if let excess { Issue.record(Comment(rawValue: excess)) }
    }

    private func expectNone(_ violations: [Violation]) {
        for violation in violations { Issue.record(Comment(rawValue: violation.description)) }
    }
}
