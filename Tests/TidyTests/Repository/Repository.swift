import Foundation

/// The repository that this test was built from.
enum Repository {
    /// Four folders above this file.
    static let root = (0..<4).reduce(URL(filePath: #filePath)) { url, _ in
        url.deletingLastPathComponent()
    }

    /// Every Swift file that is ours.
    static let swiftFiles = ["Sources", "Tests", "Examples", "Benchmarks", "Fuzz"].flatMap {
        files(under: $0, withExtension: "swift")
    }

    /// Every page of documentation.
    static let pages = files(under: "", withExtension: "md")

    /// Whether there is a file or folder at a path relative to the root.
    static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: root.appending(path: path).path)
    }

    private static func files(under folder: String, withExtension: String) -> [SourceFile] {
        paths(in: folder).filter { $0.hasSuffix("." + withExtension) }.compactMap { path in
            // A file that is no text breaks no rule about text.
            let text = try? String(contentsOf: root.appending(path: path), encoding: .utf8)
            return text.map { SourceFile(path: path, $0) }
        }
    }

    private static func paths(in folder: String) -> [String] {
        let url = folder.isEmpty ? root : root.appending(path: folder)
        // A folder need not exist.
        let names = (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []
        return names.filter { !$0.hasPrefix(".") }.sorted().flatMap { name in
            let path = folder.isEmpty ? name : folder + "/" + name
            var isFolder: ObjCBool = false
            _ = FileManager.default.fileExists(
                atPath: root.appending(path: path).path, isDirectory: &isFolder)
            return isFolder.boolValue ? paths(in: path) : [path]
        }
    }
}
