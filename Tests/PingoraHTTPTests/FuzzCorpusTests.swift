import Foundation
import HTTPProperties
import Testing

/// The inputs of the fuzzers (`scripts/fuzz`), so that `make test` needs no libFuzzer.
@Suite("Fuzz corpus")
struct FuzzCorpusTests {
    private static let folder = (0..<3).reduce(URL(filePath: #filePath)) { url, _ in
        url.deletingLastPathComponent()
    }.appending(path: "Fuzz")

    private static func inputs(of property: Property, in part: String) -> [(String, [UInt8])] {
        let folder = folder.appending(path: part).appending(path: property.rawValue)
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.sorted().compactMap { name in
            let contents = try? Data(contentsOf: folder.appending(path: name))
            return contents.map { (name, Array($0)) }
        }
    }

    @Test("breaks no property", arguments: Property.allCases)
    func corpus(property: Property) {
        let seeds = Self.inputs(of: property, in: "Corpus")
        let regressions = Self.inputs(of: property, in: "Regressions")
        #expect(1...40 ~= seeds.count && !regressions.isEmpty)
        for (name, input) in seeds + regressions {
            #expect(property.violation(input) == nil, "\(property.rawValue)/\(name)")
        }
    }

    @Test("breaks no property where it is cut short", arguments: Property.allCases)
    func prefixes(property: Property) {
        for (name, input) in Self.inputs(of: property, in: "Corpus") {
            for count in stride(from: 0, to: input.count, by: max(1, input.count / 50)) {
                let violation = property.violation(Array(input[..<count]))
                #expect(violation == nil, "\(property.rawValue)/\(name), \(count) bytes")
            }
        }
    }

    @Test("has a target for every property", arguments: Property.allCases)
    func target(property: Property) {
        let words = property.rawValue.split(separator: "-").map { $0.capitalized }
        let path = Self.folder.appending(path: "Targets/\(words.joined()).swift").path
        #expect(FileManager.default.fileExists(atPath: path))
    }
}
