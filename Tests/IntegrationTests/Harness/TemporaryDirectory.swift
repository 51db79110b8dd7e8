import Foundation

/// A directory of a test's own, which goes with the test.
final class TemporaryDirectory {
    let path: String

    init() throws {
        var template = Array("/tmp/pingora-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw HarnessError("mkdtemp failed: errno \(errno)")
        }
        path = String(
            decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        // What can't be removed is left to the system's own clean-up of /tmp.
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Writes a file and returns its path.
    func write(_ name: String, _ text: String) throws -> String {
        let file = path + "/" + name
        try text.write(toFile: file, atomically: false, encoding: .utf8)
        return file
    }

    /// The text of a file; empty if there is none yet.
    func read(_ name: String) -> String {
        guard let bytes = FileManager.default.contents(atPath: path + "/" + name) else { return "" }
        return String(decoding: bytes, as: UTF8.self)
    }
}
