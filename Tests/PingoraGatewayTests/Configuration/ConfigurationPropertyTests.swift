import Foundation
import Testing

/// The inputs of the fuzzer (`scripts/fuzz`), so that `make test` needs no libFuzzer.
@Suite("What holds for any configuration")
struct ConfigurationPropertyTests {
    private static let folder = (0..<4).reduce(URL(filePath: #filePath)) { url, _ in
        url.deletingLastPathComponent()
    }.appending(path: "Fuzz")

    private static func inputs(in part: String) throws -> [(name: String, bytes: [UInt8])] {
        let folder = folder.appending(path: "\(part)/configuration")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        return try names.sorted().map { name in
            (name, Array(try Data(contentsOf: folder.appending(path: name))))
        }
    }

    @Test("holds for the corpus, and for every part of it")
    func corpus() throws {
        let inputs = try Self.inputs(in: "Corpus")
        #expect(!inputs.isEmpty)
        for (name, bytes) in inputs {
            for count in stride(from: bytes.count, through: 0, by: -max(1, bytes.count / 50)) {
                let violation = ConfigurationProperty.violation(Array(bytes[..<count]))
                #expect(violation == nil, "\(name), \(count) bytes")
            }
        }
    }

    @Test("holds for what fuzzing found before")
    func regressions() throws {
        let inputs = try Self.inputs(in: "Regressions")
        #expect(!inputs.isEmpty)
        for (name, bytes) in inputs {
            #expect(ConfigurationProperty.violation(bytes) == nil, "\(name)")
        }
    }
}
