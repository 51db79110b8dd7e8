import CLinux
import Glibc

/// A file that is read whole, or not at all.
package enum BoundedFile {
    /// Why it is not read.
    package enum Failure: Error, Hashable, CustomStringConvertible {
        case system(SystemError)
        /// A directory, a pipe or a device.
        case notRegular
        case tooLong(limit: Int)

        package var description: String {
            switch self {
            case .system(let error): error.description
            case .notRegular: "not a regular file"
            case .tooLong(let limit): "longer than \(limit) bytes"
            }
        }
    }

    /// The bytes of the file at `path`, at most `limit`. Never waits for the other end of a pipe.
    package static func read(_ path: String, limit: Int) throws(Failure) -> [UInt8] {
        let result: Result<[UInt8], Failure>
        do {
            result = try contents(of: path, limit)
        } catch {
            throw .system(error)
        }
        return try result.get()
    }

    /// The same, but thrown is only what the kernel said.
    private static func contents(
        of path: String, _ limit: Int
    ) throws(SystemError) -> Result<[UInt8], Failure> {
        let file = try FileDescriptor.open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY, mode: 0)
        var status = clinux_file()
        // SAFETY: the call writes one such structure.
        try SystemError.check(unsafe clinux_fstat(file.number, &status), "fstat")
        guard status.mode & S_IFMT == S_IFREG else { return .failure(.notRegular) }
        var bytes: [UInt8] = []
        while bytes.count <= limit {
            let more = try file.readSome(limit: min(65_536, limit + 1 - bytes.count))
            if more.isEmpty { return .success(bytes) }
            bytes += more
        }
        return .failure(.tooLong(limit: limit))
    }
}
