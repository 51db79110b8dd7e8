import Foundation
import HTTPProperties
import Testing

/// `UPDATE_GOLDEN=1 swift test --filter GoldenTests` rewrites the pages; review the difference.
@Suite("Golden pages")
struct GoldenTests {
    private let isUpdating = ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1"

    @Test("say what comes of the bytes", arguments: GoldenFile.names)
    func page(name: String) throws {
        let page = try GoldenFile(name)
        var events: [Int: [String]] = [:]
        for (index, example) in page.cases.enumerated() {
            let whole = transcript(of: example)
            events[index] = whole
            if !isUpdating { #expect(whole == example.events, "\(name): \(example.heading)") }
        }
        if isUpdating { try page.write(events) }
    }

    /// The transcript of a case in one piece, having checked that it is the same in two pieces cut
    /// anywhere, and byte by byte. Long inputs are cut at fewer places, for time.
    private func transcript(of example: GoldenFile.Case) -> [String] {
        let bytes = example.bytes
        let whole = Transcript.of(bytes, as: example.kind, ends: [bytes.count])
        let cuts = max(20, 500_000 / max(1, bytes.count))
        for cut in stride(from: 0, to: bytes.count, by: max(1, bytes.count / cuts)) {
            let split = Transcript.of(bytes, as: example.kind, ends: [cut, bytes.count])
            #expect(split == whole, "\(example.heading), cut at \(cut)")
            guard split == whole else { break }
        }
        let single = Transcript.of(bytes, as: example.kind, ends: Array(0...bytes.count))
        #expect(single == whole, "\(example.heading), byte by byte")
        return whole
    }

    @Test("hold a case for every heading, and many of them")
    func complete() throws {
        let pages = try GoldenFile.names.map(GoldenFile.init)
        #expect(pages.count >= 9)
        #expect(pages.reduce(0) { $0 + $1.cases.count } >= 120)
        for page in pages {
            let headings = page.cases.map(\.heading)
            #expect(Set(headings).count == headings.count, "\(page.name): a heading twice")
            #expect(page.headingCount == headings.count, "\(page.name): a heading without a case")
        }
    }

    static let escapes: [(String, [UInt8])] = [
        ("", []), ("a b", [0x61, 0x20, 0x62]), (#"\r\n\t\\"#, [13, 10, 9, 0x5c]),
        (#"\x00\xff"#, [0, 255]), (#"\{3:a}b"#, [0x61, 0x61, 0x61, 0x62]),
        (#"\{2:\r\n}"#, [13, 10, 13, 10]), (#"\{2:a:}"#, [0x61, 0x3a, 0x61, 0x3a]),
    ]

    @Test("write bytes readably", arguments: escapes)
    func escaping(text: String, bytes: [UInt8]) throws {
        #expect(try EscapedBytes.parse(text) == bytes)
    }

    @Test("refuse an escape they don't know", arguments: [#"\"#, #"\q"#, #"\x0"#, #"\{a:b}"#])
    func malformed(text: String) {
        #expect(throws: EscapedBytes.Malformed.self) { try EscapedBytes.parse(text) }
    }
}
