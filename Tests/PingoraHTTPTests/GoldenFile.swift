import Foundation
import HTTPProperties
import PingoraHTTP

/// A page of `Golden/`: prose, and for each case a fenced block with the bytes and one with what
/// comes of them. See `Golden/README.md`.
struct GoldenFile {
    /// One case: an input and the lines expected for it.
    struct Case {
        let heading: String
        let kind: StreamKind
        let bytes: [UInt8]
        let events: [String]
        /// Where the lines of the events stand in the file.
        let range: Range<Int>
    }

    let name: String
    private let lines: [String]
    let cases: [Case]

    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "Golden")

    /// The names of all pages.
    static let names: [String] = {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return all.filter { $0.hasSuffix(".md") && $0 != "README.md" }.sorted()
    }()

    init(_ name: String) throws {
        self.name = name
        let text = try String(contentsOf: Self.folder.appending(path: name), encoding: .utf8)
        lines = text.components(separatedBy: "\n")
        cases = try Self.cases(lines)
    }

    /// Writes the page anew, with other events for some cases.
    func write(_ events: [Int: [String]]) throws {
        var changed = lines
        for index in cases.indices.reversed() {
            guard let new = events[index] else { continue }
            changed.replaceSubrange(cases[index].range, with: new)
        }
        let text = changed.joined(separator: "\n")
        try text.write(
            to: Self.folder.appending(path: name), atomically: true, encoding: .utf8)
    }

    var headingCount: Int { lines.filter { $0.hasPrefix("## ") }.count }

    private static func cases(_ lines: [String]) throws -> [Case] {
        var cases: [Case] = []
        var heading = ""
        var input: (kind: StreamKind, bytes: [UInt8])?
        var index = 0
        while index < lines.count {
            let line = lines[index]
            index += 1
            if line.hasPrefix("## ") { heading = String(line.dropFirst(3)) }
            guard line.hasPrefix("```"), line.count > 3 else { continue }
            let start = index
            while index < lines.count, lines[index] != "```" { index += 1 }
            let block = Array(lines[start..<index])
            index += 1
            if let kind = kind(line.dropFirst(3)) {
                input = (kind, try EscapedBytes.parse(block.joined()))
            } else if let (kind, bytes) = input {
                cases.append(
                    Case(
                        heading: heading, kind: kind, bytes: bytes, events: block,
                        range: start..<index - 1))
                input = nil
            }
        }
        return cases
    }

    /// The kind that a fence names: `request`, `response`, `response to HEAD`, `forward`.
    private static func kind(_ fence: Substring) -> StreamKind? {
        let words = fence.split(separator: " ")
        switch words.first {
        case "request": return .requests
        case "response":
            let method = words.count > 2 ? Method(String(words[2])) : .get
            return method.map { .responses(to: $0) }
        case "forward": return .forwarding
        default: return nil
        }
    }
}

/// Bytes as a page writes them: `\r`, `\n`, `\t`, `\\`, `\xNN`, and `\{5000:ab}` for a text 5000
/// times over. Line breaks of the page are no bytes.
enum EscapedBytes {
    struct Malformed: Error {
        let text: String
    }

    static func parse(_ text: String) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = Substring(text)
        while let character = rest.popFirst() {
            guard character == "\\" else {
                bytes += Array(String(character).utf8)
                continue
            }
            switch rest.popFirst() {
            case "r": bytes.append(0x0d)
            case "n": bytes.append(0x0a)
            case "t": bytes.append(0x09)
            case "\\": bytes.append(0x5c)
            case "x":
                guard rest.count >= 2, let byte = UInt8(rest.prefix(2), radix: 16) else {
                    throw Malformed(text: text)
                }
                bytes.append(byte)
                rest = rest.dropFirst(2)
            case "{":
                let parts = rest.prefix { $0 != "}" }.split(separator: ":", maxSplits: 1)
                guard parts.count == 2, let count = Int(parts[0]) else {
                    throw Malformed(text: text)
                }
                let unit = try parse(String(parts[1]))
                bytes += (0..<count).flatMap { _ in unit }
                rest = rest.drop { $0 != "}" }.dropFirst()
            default: throw Malformed(text: text)
            }
        }
        return bytes
    }
}
