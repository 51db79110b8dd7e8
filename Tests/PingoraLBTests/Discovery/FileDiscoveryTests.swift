import Glibc
import Testing

@testable import PingoraCore
@testable import PingoraLB

@Suite("FileDiscovery")
struct FileDiscoveryTests {
    /// A directory of its own, which is removed in the end.
    private final class Folder: Sendable {
        let path: String

        init() throws {
            var template = Array("/tmp/pingora-discovery-XXXXXX".utf8CString)
            path = try #require(mkdtemp(&template).map { String(cString: $0) })
        }

        deinit {
            for name in ["b", "new", "..data", "..new", "1/b", "2/b"] { unlink("\(path)/\(name)") }
            for name in ["1", "2"] { rmdir("\(path)/\(name)") }
            rmdir(path)
        }

        func write(_ name: String, _ text: String) {
            let number = open("\(path)/\(name)", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
            _ = Glibc.write(number, Array(text.utf8), text.utf8.count)
            close(number)
        }
    }

    private func discover(
        _ discovery: FileDiscovery, on loop: LoopForTests
    ) async -> Result<DiscoveredBackends, DiscoveryError> {
        await loop.run { loop in
            do throws(DiscoveryError) {
                return .success(try await discovery.discover(on: loop))
            } catch {
                return .failure(error)
            }
        }
    }

    enum Change: String, CaseIterable {
        case written, replaced, linkSwapped, removed
    }

    @Test("sees that a file is", arguments: Change.allCases)
    func change(_ change: Change) async throws {
        let folder = try Folder()
        let loop = try LoopForTests()
        for name in ["1", "2"] { mkdir("\(folder.path)/\(name)", 0o700) }
        folder.write("1/b", "127.0.0.1:1\n")
        folder.write("2/b", "127.0.0.1:2\n")
        if change == .linkSwapped {
            // As Kubernetes does it: the file is a link through a link that is replaced.
            symlink("1", "\(folder.path)/..data")
            symlink("..data/b", "\(folder.path)/b")
        } else {
            folder.write("b", "127.0.0.1:1\n")
        }
        let discovery = FileDiscovery("\(folder.path)/b")
        let before = try await discover(discovery, on: loop).get()
        #expect(before.backends.map(\.address.port) == [1])

        async let sawIt = loop.run { loop in
            let deadline = loop.now.advanced(by: .seconds(20))
            await discovery.waitForChange(on: loop, until: deadline)
            return loop.now < deadline
        }
        switch change {
        case .written: folder.write("b", "127.0.0.1:2\n")
        case .replaced:
            folder.write("new", "127.0.0.1:2\n")
            rename("\(folder.path)/new", "\(folder.path)/b")
        case .linkSwapped:
            symlink("2", "\(folder.path)/..new")
            rename("\(folder.path)/..new", "\(folder.path)/..data")
        case .removed: unlink("\(folder.path)/b")
        }
        #expect(await sawIt)
        let after = await discover(discovery, on: loop)
        guard change != .removed else {
            #expect(throws: DiscoveryError.self) { try after.get() }
            return
        }
        #expect(try after.get().backends.map(\.address.port) == [2])
    }

    @Test("waits until the deadline where nothing changes")
    func unchanged() async throws {
        let folder = try Folder()
        let loop = try LoopForTests()
        folder.write("b", "127.0.0.1:1\n")
        let discovery = FileDiscovery("\(folder.path)/b")
        _ = await discover(discovery, on: loop)
        let isLate = await loop.run { loop in
            let deadline = loop.now.advanced(by: .milliseconds(200))
            await discovery.waitForChange(on: loop, until: deadline)
            return loop.now >= deadline
        }
        #expect(isLate)
    }

    @Test(
        "fails for what is no list",
        arguments: [
            ("", "the file is empty"), ("# none\n", "no backends"),
            ("127.0.0.1", "line 1: expected 1.1.1.1:443, [::1]:443 or unix:/path, got 127.0.0.1"),
        ])
    func malformed(_ text: String, _ expected: String) async throws {
        let folder = try Folder()
        let loop = try LoopForTests()
        folder.write("b", text)
        let result = await discover(FileDiscovery("\(folder.path)/b"), on: loop)
        #expect(throws: DiscoveryError("file \(folder.path)/b: \(expected)")) { try result.get() }
    }

    @Test("reads 1 MiB and no more", arguments: [(0, true), (1, false)])
    func limit(_ excess: Int, _ isFine: Bool) async throws {
        let folder = try Folder()
        let loop = try LoopForTests()
        let line = "127.0.0.1:1\n"
        let filler = String(repeating: "#", count: 1_048_576 - line.utf8.count + excess)
        folder.write("b", line + filler)
        let result = await discover(FileDiscovery("\(folder.path)/b"), on: loop)
        #expect(((try? result.get()) != nil) == isFine)
    }

    @Test("fails for a missing file and for a directory")
    func noFile() async throws {
        let folder = try Folder()
        let loop = try LoopForTests()
        let missing = await discover(FileDiscovery("\(folder.path)/b"), on: loop)
        let directory = await discover(FileDiscovery(folder.path), on: loop)
        #expect(throws: DiscoveryError.self) { try missing.get() }
        #expect(throws: DiscoveryError("file \(folder.path): not a regular file")) {
            try directory.get()
        }
    }
}
