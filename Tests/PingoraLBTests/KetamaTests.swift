import Foundation
import Testing

@testable import PingoraLB

@Suite("Ketama")
struct KetamaTests {
    private static let two = ["127.0.0.1:7777", "127.0.0.1:7778"]
    private static let three = two + ["127.0.0.1:7779"]
    private static let threeIPv6 = ["[::1]:7777", "[::1]:7778", "[::1]:7779"]
    private static let ten = (1...10).map { "127.0.0.\($0):6443" }
    private static let mixed = ["1.0.0.1:80", "1.0.0.255:80", "1.1.1.1:80"]

    @Test("sends 1001 requests where nginx sends them")
    func nginx() throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Golden/sample-nginx-upstream.csv")
        let rows = try String(contentsOf: file, encoding: .utf8).split(whereSeparator: \.isNewline)
        #expect(rows.count == 1001)
        let labels = (1...9).map { "10.0.0.\($0):443" }
        let algorithm = Ketama(labels.map { Candidate(weight: 100, label: $0) }, seed: 1)
        for row in rows {
            let parts = row.split(separator: ",").map(String.init)
            let choice = try #require(algorithm.choice(parts[0]))
            #expect(labels[choice] == parts[1], "\(parts[0])")
        }
    }

    @Test(
        "sends keys where Pingora sends them",
        arguments: [
            (two, "/some/path", 1), (two, "/some/longer/path", 0), (two, "/sad/zaidoon", 1),
            (two, "/g", 0),
            (ten, "a", 9), (ten, "b", 4),
            (ten + ["127.0.0.11:6443"], "a", 9), (ten + ["127.0.0.11:6443"], "b", 4),
            (mixed, "test0", 0), (mixed, "test1", 2), (mixed, "test2", 2), (mixed, "test3", 2),
            (mixed, "test4", 2), (mixed, "test5", 1), (mixed, "test6", 2), (mixed, "test7", 1),
            (mixed, "test8", 2), (mixed, "test9", 0),
        ])
    func pingora(labels: [String], key: String, expected: Int) {
        #expect(Ketama(candidates(labels: labels), seed: 1).choice(key) == expected)
    }

    @Test(
        "walks the ring as Pingora does",
        arguments: [
            (three, [1, 2, 2, 0, 0, 1, 1, 2]), (threeIPv6, [0, 1, 0, 1, 1, 0, 2]),
        ])
    func walk(labels: [String], expected: [Int]) {
        let algorithm = Ketama(candidates(labels: labels), seed: 1)
        #expect(algorithm.questions("doghash", count: expected.count) == expected)
    }

    @Test("tries the backends in the order in which the ring shows them first")
    func order() {
        let algorithm = Ketama(candidates(count: 20), seed: 1)
        for key in 0..<100 {
            var seen: [Int] = []
            for index in algorithm.questions("\(key)", count: .max) where !seen.contains(index) {
                seen.append(index)
            }
            #expect(algorithm.order(SelectionRequest(key: algorithm.hash("\(key)"))) == seen)
        }
    }

    // Of the same weight, a share's standard deviation is 1 / √160 of it, or 8 %.
    @Test("varies about as much as 160 points for each backend do", arguments: [10, 100])
    func spread(count: Int) {
        let algorithm = Ketama(candidates(count: count), seed: 1)
        let counts = algorithm.counts(of: count, keyedRequests(100_000, algorithm))
        let mean = 100_000 / Double(count)
        let squares = counts.reduce(0.0) { $0 + (Double($1) / mean - 1) * (Double($1) / mean - 1) }
        let deviation = (squares / Double(count)).squareRoot()
        #expect(deviation < 0.12)
        #expect(counts.allSatisfy { abs(Double($0) / mean - 1) < 0.35 })
    }

    @Test("finds the same place as a search through the whole ring")
    func firstAndLast() {
        // What the bits above leave of the ring's ends.
        let algorithm = Ketama(candidates(count: 3), seed: 1)
        let first = algorithm.select(SelectionRequest(key: 0)) { _ in true }
        let past = algorithm.select(SelectionRequest(key: 0xffff_ffff)) { _ in true }
        #expect(first == past)
        #expect(first != nil)
    }

    @Test("scales weights down that are too large for its memory")
    func heavy() {
        let ring = KetamaRing(candidates([Int.max, Int.max, 1]), weightLimit: 200)
        var counts = [0, 0, 0]
        for key in 0..<10_000 {
            let hash = UInt32(truncatingIfNeeded: SplitMix.mixed(UInt64(key)))
            if let index = ring.index(of: hash, accepting: { _ in true }) { counts[index] += 1 }
        }
        #expect(abs(counts[0] - counts[1]) < 500)
        #expect((1..<200).contains(counts[2]))
    }
}

@Suite("CRC32")
struct CRC32Tests {
    @Test(
        "is that of zlib",
        arguments: [
            ("", 0), ("a", 0xe8b7_be43), ("123456789", 0xcbf4_3926),
            ("The quick brown fox jumps over the lazy dog", 0x414f_a339),
        ] as [(String, UInt32)])
    func vectors(text: String, expected: UInt32) {
        var whole = CRC32()
        whole.update(text.utf8)
        #expect(whole.value == expected)
        var bytewise = CRC32()
        for byte in text.utf8 { bytewise.update([byte]) }
        #expect(bytewise.value == expected)
    }

    @Test("takes four bytes at once, the lowest first")
    func word() {
        var word = CRC32()
        word.update(littleEndian: 0x3433_3231)
        var text = CRC32()
        text.update("1234".utf8)
        #expect(word.value == text.value)
    }
}
