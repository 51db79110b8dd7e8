import Glibc

/// A folder of a test's own, which goes with the test, as do the files in it.
final class ProbeFolder: Sendable {
    let path: String

    init() {
        var template = Array("/tmp/pingora-process-XXXXXX".utf8CString)
        precondition(mkdtemp(&template) != nil, "no temporary folder")
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        // Also for those that a test becomes.
        chmod(path, 0o777)
    }

    deinit {
        for name in names { remove(file(name)) }
        rmdir(path)
    }

    func file(_ name: String) -> String { path + "/" + name }

    /// What lies in it, sorted.
    var names: [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// The text of a file; nil where there is none.
    static func read(_ path: String) -> String? {
        let number = open(path, O_RDONLY)
        guard number >= 0 else { return nil }
        defer { close(number) }
        var (bytes, room) = ([UInt8](), [UInt8](repeating: 0, count: 65_536))
        while case let count = Glibc.read(number, &room, room.count), count > 0 {
            bytes += room.prefix(count)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Writes a file and returns its path.
    @discardableResult
    func write(_ name: String, _ text: String) -> String {
        let number = open(file(name), O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        let bytes = Array(text.utf8)
        _ = Glibc.write(number, bytes, bytes.count)
        close(number)
        return file(name)
    }

    /// The permissions and the owner of a file, as `644 0`.
    static func mode(_ path: String) -> String {
        var status = stat()
        guard lstat(path, &status) == 0 else { return "missing" }
        return "\(String(status.st_mode & 0o777, radix: 8)) \(status.st_uid)"
    }
}
