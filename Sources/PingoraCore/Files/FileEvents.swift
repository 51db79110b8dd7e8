import Glibc

/// What inotify tells of a directory and a file in it (man 7 inotify). Pure.
enum FileEvents {
    /// Of the directory: names that come and go, whose writing has ended, and its own end.
    static let ofDirectory =
        UInt32(IN_CLOSE_WRITE | IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE)
        | UInt32(IN_DELETE_SELF | IN_MOVE_SELF)
    /// Of the file, which may lie in another directory behind links.
    static let ofFile = UInt32(IN_CLOSE_WRITE | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF)

    /// The fixed part of an event: mark, mask, cookie and the length of the name.
    private static let headSize = 16

    /// Whether any of the events may mean that `name` has new contents. What is written to other
    /// files of the directory does not; what is renamed there may be a link on the way.
    static func concern(_ name: [UInt8], in bytes: [UInt8]) -> Bool {
        var start = 0
        while start + headSize <= bytes.count {
            let mask = number(in: bytes, at: start + 4)
            let nameSize = Int(number(in: bytes, at: start + 12))
            let end = start + headSize + nameSize
            guard end <= bytes.count else { return true }
            let found = bytes[(start + headSize)..<end].prefix { $0 != 0 }
            let isWrite = mask & UInt32(IN_CLOSE_WRITE | IN_CREATE) != 0
            if !isWrite || found.isEmpty || found.elementsEqual(name) { return true }
            start = end
        }
        return false
    }

    private static func number(in bytes: [UInt8], at index: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 | UInt32(bytes[index + $1]) << (8 * $1) }
    }
}
