import Glibc
import TestSupport
import Testing

@testable import PingoraCore

@Suite("LogWriter")
struct LogWriterTests {
    private let folder = ProbeFolder()

    /// The lines of all files whose names begin so, and whether each is whole.
    private func lines(_ name: String) -> [String] {
        folder.names.filter { $0.hasPrefix(name) }.flatMap { file in
            let text = ProbeFolder.read(folder.file(file)) ?? ""
            #expect(text.isEmpty || text.hasSuffix("\n"), "\(file)")
            return text.split(separator: "\n").map(String.init)
        }
    }

    @Test("loses and cuts no line while the file is rotated under load")
    func rotatesUnderLoad() async throws {
        let path = folder.file("log")
        let writer = try LogWriter(.file(path))
        let count = 20_000
        await withTaskGroup { group in
            for thread in 0..<2 {
                group.addTask {
                    for number in 0..<count {
                        writer.write("thread=\(thread) line=\(number) \(Self.padding)\n")
                        if number.isMultiple(of: 500) { usleep(1000) }
                    }
                }
            }
            group.addTask { [folder] in
                for rotation in 0..<20 {
                    rename(path, folder.file("log.\(rotation)"))
                    #expect(throws: Never.self) { try writer.reopen() }
                    usleep(2000)
                }
            }
        }
        writer.flush()
        let expected = (0..<2).flatMap { thread in
            (0..<count).map { "thread=\(thread) line=\($0) \(Self.padding)" }
        }
        let found = lines("log")
        #expect(found.count == expected.count)
        #expect(Set(found) == Set(expected))
        #expect(folder.names.count > 2, "more than one file")
    }

    private static let padding = String(repeating: "x", count: 60)

    @Test("writes earlier lines to the old file, later ones to the new")
    func order() throws {
        let path = folder.file("log")
        let writer = try LogWriter(.file(path))
        writer.write("first\n")
        rename(path, path + ".1")
        try writer.reopen()
        writer.write("second\n")
        writer.flush()
        #expect(ProbeFolder.read(path + ".1") == "first\n")
        #expect(ProbeFolder.read(path) == "second\n")
        try writer.redirect(to: .file(path + ".2"))
        writer.write("third\n")
        writer.flush()
        #expect(ProbeFolder.read(path) == "second\n")
        #expect(ProbeFolder.read(path + ".2") == "third\n")
        // From now on that is the file.
        rename(path + ".2", path + ".3")
        try writer.reopen()
        #expect(folder.names == ["log", "log.1", "log.2", "log.3"])
    }

    @Test("keeps the old file where the new one can't be opened")
    func failure() throws {
        let path = folder.file("log")
        let writer = try LogWriter(.file(path))
        writer.write("first\n")
        let kernel = FailingKernel()
        kernel.fail(.open, number: 1, with: EACCES)
        #expect(throws: SystemError(call: "open", code: EACCES)) {
            try kernel.run { try writer.reopen() }
        }
        #expect(throws: SystemError(call: "open", code: ENOENT)) {
            try writer.redirect(to: .file(folder.file("missing/log")))
        }
        writer.write("second\n")
        writer.flush()
        #expect(ProbeFolder.read(path) == "first\nsecond\n")
    }

    @Test("leaves standard output and error open", arguments: [1, 2] as [CInt])
    func standard(number: CInt) throws {
        let writer = try LogWriter(number == 1 ? .standardOutput : .standardError)
        try writer.reopen()
        try writer.redirect(to: .file(folder.file("log")))
        #expect(fcntl(number, F_GETFD) >= 0)
        writer.write("line\n")
        try writer.redirect(to: .standardError)
        #expect(fcntl(number, F_GETFD) >= 0)
        #expect(ProbeFolder.read(folder.file("log")) == "line\n")
    }
}
