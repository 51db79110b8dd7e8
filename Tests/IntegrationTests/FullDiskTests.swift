import Foundation
import Testing

/// A file system without room, mounted for one test; needs root.
private final class FullDisk {
    let path: String

    /// Whether this machine lets us mount one.
    static let isPossible = FullDisk() != nil

    init?() {
        let path = NSTemporaryDirectory() + "full-\(UUID().uuidString)"
        guard mkdir(path, 0o755) == 0 else { return nil }
        guard mount("tmpfs", path, "tmpfs", 0, "size=8k") == 0 else {
            rmdir(path)
            return nil
        }
        self.path = path
        // All the room there is.
        guard let file = fopen(path + "/fill", "w") else { return }
        fwrite([UInt8](repeating: 0, count: 8192), 1, 8192, file)
        fclose(file)
    }

    deinit {
        umount2(path, Int32(MNT_DETACH))
        rmdir(path)
    }
}

@Suite("A full disk", .enabled(if: FullDisk.isPossible), .timeLimit(.minutes(1)))
struct FullDiskTests {
    @Test("keeps a process from starting, which says why", arguments: [[], ["-d"]])
    func start(flags: [String]) throws {
        let disk = try #require(FullDisk())
        let directory = try TemporaryDirectory()
        let file = try directory.write(
            "lb.yaml",
            """
            pid_file: \(disk.path)/lb.pid
            listeners: [127.0.0.1:0]
            upstreams: { app: { servers: [127.0.0.1:1] } }
            """)
        let process = try ChildProcess(
            RunningProxy.executable, ["-c", file] + flags, in: directory)
        #expect(process.waitForExit() == .code(1))
        #expect(process.errors.contains("pid file \(disk.path)/lb.pid"))
        #expect(process.errors.contains("no space left on device"))
        // Nothing half-written stays behind.
        let left = try FileManager.default.contentsOfDirectory(atPath: disk.path)
        #expect(left == ["fill"])
    }
}
