import CLinux
import Glibc

/// A text that a process shows to root and to its own user, for as long as it runs.
///
/// It is a file without a name (man 2 memfd_create), which others find below /proc. So it is never
/// stale, and needs no place that could be full or forbidden (docs/decisions/0010).
package final class PublishedText: Sendable {
    private let file: FileDescriptor

    /// Shows `text` under a name of at most 200 bytes, until this goes.
    ///
    /// - Throws: `SystemError`.
    package init(_ text: [UInt8], as name: String) throws(SystemError) {
        // SAFETY: the name lives during the call.
        let number = unsafe name.withCString { unsafe clinux_memfd($0) }
        file = FileDescriptor(owning: try SystemError.check(number, "memfd_create"))
        try file.writeAll(text)
    }

    /// What the process with this number shows under `name`, at most `limit` bytes of it; nil where
    /// it shows nothing that we may read.
    package static func text(
        named name: String, ofProcess process: Int32, limit: Int
    ) throws(SystemError) -> [UInt8]? {
        let directory = "/proc/\(process)/fd"
        // The latest one, while another takes its place.
        let found = numbers(in: directory).last { number in
            target(of: "\(directory)/\(number)").hasPrefix("/memfd:\(name) ")
        }
        guard let found else { return nil }
        let file = try FileDescriptor.open("\(directory)/\(found)", O_RDONLY, mode: 0)
        return try file.readSome(limit: limit)
    }

    private static func numbers(in directory: String) -> [Int] {
        guard let stream = unsafe opendir(directory) else { return [] }
        defer { unsafe closedir(stream) }
        var numbers: [Int] = []
        while let entry = unsafe readdir(stream) {
            // SAFETY: a name ends in a zero byte within its array.
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if let number = Int(name) { numbers.append(number) }
        }
        return numbers.sorted()
    }

    private static func target(of link: String) -> String {
        // SAFETY: readlink writes at most `capacity` bytes.
        unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { room in
            guard let base = room.baseAddress else { return "" }
            let count = unsafe readlink(link, base, room.count)
            let bytes = unsafe room.prefix(max(0, count)).map { UInt8(bitPattern: $0) }
            return String(decoding: bytes, as: UTF8.self)
        }
    }
}

/// The number of the calling process.
package enum ProcessNumber {
    package static var own: Int32 { clinux_getpid() }
}
