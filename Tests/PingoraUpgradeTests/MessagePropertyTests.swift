import Glibc
import TestSupport
import Testing

@testable import PingoraUpgrade

/// The inputs of the fuzzer (`scripts/fuzz`), so that `make test` needs no libFuzzer.
@Suite("What holds for any message")
struct MessagePropertyTests {
    private static let folder =
        "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/") + "/Fuzz/"
    private static let corpus = folder + "Corpus/upgrade-message/"
    private static let regressions = folder + "Regressions/upgrade-message/"

    /// The golden messages, both sides of a conversation, and what is broken at its end.
    private static let seeds: [(name: String, input: [UInt8])] = {
        var seeds = MessageFormatTests.golden.map { message, version, _ in
            let bytes = MessageEncoder.bytes(of: message, version: version)
            return ("\(message.kind)", [UInt8(version) | 30] + bytes)
        }
        let given: [Message] = [
            .sockets([name("a"), name("b")]), .endOfSockets(count: 2),
            .endOfSockets(count: 0, secrets: HandedSecrets([7])), .probe(service: name("a")),
            .approved, .released, .client(sampleClient), .tunnel(sampleTunnel), .farewell,
        ]
        let taken: [Message] = [
            .received(count: 2), .ready, .serving, .adopted(count: 1), .adopted(count: 2),
        ]
        for (name, side) in [("old-process", given), ("new-process", taken)] {
            let bytes = side.flatMap { MessageEncoder.bytes(of: $0, version: 1) }
            seeds.append((name, [1 | 14] + bytes))
            seeds.append((name + "-and-rubbish", [1 | 62] + bytes + [0x50, 0x47, 0x55, 0]))
        }
        let unknown = bytes(hexadecimal: "50475550 0001 0005 00000006 0000 0000 0063 00000000")
        seeds.append(("unknown-field", [1] + unknown))
        seeds.append(("escapes", [1] + MessageEncoder.bytes(of: escapes, version: 1)))
        let request = MessageEncoder.bytes(of: .tunnel(sampleRequest), version: 1)
        seeds.append(("request", [1 | 30] + request))
        return seeds.enumerated().map { index, seed in
            (index < 9 ? "0\(index + 1)-\(seed.0)" : "\(index + 1)-\(seed.0)", seed.1)
        }
    }()

    private static let escapes = Message.refused(
        reason: String(repeating: "\u{1b}", count: 1000) + "\u{202e}")

    @Test("is fuzzed from the messages that are sent")
    func seeds() {
        for (name, input) in Self.seeds {
            let path = Self.corpus + name
            if contents(path) == nil {
                write(input, path)
                Issue.record("\(name) was missing and is written now: run the test again")
            }
            #expect(contents(path) == input, "remove \(name) to have it written anew")
        }
        #expect(names(in: Self.corpus) == Self.seeds.map(\.name).sorted())
    }

    @Test("holds for the corpus, and for every part of it")
    func corpus() {
        for (name, input) in Self.seeds {
            for count in 0...input.count {
                let violation = MessageProperty.violation(Array(input[..<count]))
                #expect(violation == nil, "\(name), \(count) bytes")
            }
        }
    }

    @Test("holds for what fuzzing found before")
    func regressions() {
        let names = names(in: Self.regressions)
        #expect(!names.isEmpty)
        for name in names {
            let violation = contents(Self.regressions + name).map(MessageProperty.violation)
            #expect(violation == .some(nil), "\(name)")
        }
    }

    @Test("holds for messages of which bytes were changed")
    func changed() {
        for seed in UInt64(0)..<3000 {
            var random = SeededGenerator(seed: seed)
            var input = Self.seeds[Int(seed) % Self.seeds.count].input
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let index = Int.random(in: input.indices, using: &random)
                input[index] = UInt8.random(in: 0...255, using: &random)
            }
            #expect(MessageProperty.violation(input) == nil, "seed \(seed)")
        }
    }
}

private func contents(_ path: String) -> [UInt8]? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    let count = fread(&bytes, 1, bytes.count, file)
    return Array(bytes[..<count])
}

private func write(_ bytes: [UInt8], _ path: String) {
    guard let file = fopen(path, "w") else { return }
    defer { fclose(file) }
    fwrite(bytes, 1, bytes.count, file)
}

private func names(in folder: String) -> [String] {
    guard let directory = opendir(folder) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
        let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
}
