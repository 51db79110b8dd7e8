import Foundation
import Testing

/// The table of attacks in Benchmarks/Attacks, each over real sockets before an origin that records
/// every byte. `python3 Benchmarks/Attacks/run.py --only A1` shows one of them.
@Suite("Attack table")
struct AttackTableTests {
    private static let run = Result { try AttackRun() }
    private static let bytewiseRun = Result { try AttackRun(["--bytewise"]) }

    /// How many classes of attack each section has at least; their numbers are 1 and up.
    private static let sections = [
        ("A", 11), ("B", 31), ("C", 40), ("D", 42), ("E", 20), ("F", 11), ("G", 22), ("H", 12),
        ("I", 17), ("J", 6), ("X", 85),
    ]

    @Test("meets what each case wants", arguments: sections.map(\.0))
    func section(_ letter: String) throws {
        check(try Self.run.get(), letter)
    }

    @Test("meets it too where the bytes come one by one", arguments: sections.map(\.0))
    func bytewise(_ letter: String) throws {
        check(try Self.bytewiseRun.get(), letter)
    }

    private func check(_ run: AttackRun, _ letter: String) {
        for result in run.results where result.section == letter {
            if result.known.isEmpty {
                #expect(result.passes, "\(result.explanation)")
            } else {
                #expect(!result.passes, "\(result.id) passes: take its line `known` away")
            }
        }
    }

    @Test("has no section without cases", arguments: sections.map(\.0).filter { $0 != "J" })
    func isRun(_ letter: String) throws {
        #expect(try Self.run.get().results.contains { $0.section == letter })
    }

    @Test("has every class, or says where it is tested", arguments: sections)
    func classes(_ letter: String, _ count: Int) throws {
        let listed = try AttackRun.list()
        let names = listed.cases + listed.elsewhere.keys
        let classes = Set(names.map { $0.prefix { $0 != "." } })
        for number in 1...count {
            #expect(classes.contains("\(letter)\(number)"), "\(letter)\(number) is missing")
        }
    }

    @Test("has at least 200 cases, and runs all of them")
    func count() throws {
        let listed = try AttackRun.list().cases
        #expect(listed.count >= 200)
        #expect(try Self.run.get().results.map(\.id) == listed)
        #expect(try Self.bytewiseRun.get().results.map(\.id) == listed)
    }
}
