import CLinux
import Glibc

/// The directory that relative paths start from.
package enum WorkingDirectory {
    /// Goes there.
    ///
    /// - Throws: `SystemError` when it is missing, no directory, or closed to this user.
    package static func enter(_ path: String) throws(SystemError) {
        // SAFETY: the path lives during the call.
        try SystemError.check(unsafe path.withCString { unsafe clinux_chdir($0) }, "chdir")
    }

    /// `path` as it must be written after the process has gone elsewhere. As it is where it is
    /// absolute already, or the present directory can't be read.
    package static func absolutePath(of path: String) -> String {
        guard !path.hasPrefix("/") else { return path }
        let capacity = Int(PATH_MAX)
        return unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: capacity) { room in
            // SAFETY: getcwd writes at most `capacity` bytes, the last of them zero.
            guard let base = room.baseAddress, unsafe clinux_getcwd(base, capacity) == 0 else {
                return path
            }
            let directory = unsafe String(cString: base)
            return directory == "/" ? "/\(path)" : "\(directory)/\(path)"
        }
    }
}
