import CLinux
import Glibc
import Testing

@testable import PingoraUpgrade

@Suite("UpgradeListener")
struct UpgradeListenerTests {
    private let path = makePath("listener")

    @Test("makes a file that only its user can use, and removes it")
    func file() throws {
        do {
            let listener = try UpgradeListener(binding: path)
            let file = try #require(try UpgradePath(path).file())
            #expect(file.mode & 0o7777 == 0o600)
            #expect(file.mode & UInt32(S_IFMT) == UInt32(S_IFSOCK))
            _ = consume listener
        }
        #expect(try UpgradePath(path).file() == nil)
    }

    @Test("meets the other process in either order", arguments: [true, false])
    func order(listensFirst: Bool) throws {
        let path = path
        let connecting = BackgroundThread {
            do throws(UpgradeError) {
                let channel = try UpgradeChannel.connect(to: path, within: .seconds(20))
                return give([], over: channel)
            } catch {
                return .failed(error)
            }
        }
        // Without the wait the order is left to chance, which is fine, too.
        if !listensFirst { usleep(20_000) }
        let listener = try UpgradeListener(binding: path)
        var successor = Successor(channel: try listener.accept(within: .seconds(20)))
        #expect(try successor.takeSockets().count == 0)
        try successor.announceReady { _, _ in }
        #expect(try successor.announceServing() == .released)
        #expect(connecting.value() == .successorServes(processID: UInt32(getpid())))
    }

    @Test("replaces the file that a dead process left")
    func stale() throws {
        do {
            // A socket that is closed without its file being removed.
            let socket = try UpgradePath.makeSocket()
            let result = try UpgradePath(path).withAddress { bind(socket.number, $0, $1) }
            #expect(result == 0)
        }
        #expect(try UpgradePath(path).file() != nil)
        let listener = try UpgradeListener(binding: path)
        _ = try UpgradeChannel.connect(to: path, within: .seconds(5)).version
        _ = try listener.accept(within: .seconds(5)).version
    }

    @Test("leaves the file of a living process alone, also when its queue is full")
    func living() throws {
        let first = try UpgradeListener(binding: path)
        #expect(throws: UpgradeError.pathInUse(path)) { _ = try binds(path) }
        for _ in 0..<12 {
            _ = try? UpgradeChannel.connect(to: path, within: .zero).version
        }
        #expect(throws: UpgradeError.pathInUse(path)) { _ = try binds(path) }
        #expect(try UpgradePath(path).file() != nil)
        _ = try first.accept(within: .seconds(5)).version
    }

    @Test("leaves what is not a socket alone", arguments: [false, true])
    func foreign(isDirectory: Bool) throws {
        if isDirectory {
            mkdir(path, 0o700)
        } else {
            close(open(path, O_CREAT | O_CLOEXEC, 0o600))
        }
        defer { remove(path) }
        #expect(throws: UpgradeError.notASocket(path)) { _ = try binds(path) }
        #expect(try UpgradePath(path).file() != nil)
    }

    @Test("does not remove the file that another process put in its place")
    func replaced() throws {
        do {
            let first = try UpgradeListener(binding: path)
            remove(path)
            let second = try UpgradePath.makeSocket()
            // The number of the removed file may be used again at once.
            let other = makePath("other")
            _ = try UpgradePath(other).withAddress { bind(second.number, $0, $1) }
            rename(other, path)
            _ = consume first
        }
        let file = try UpgradePath(path).file()
        remove(path)
        #expect(file != nil)
    }

    @Test("refuses a path", arguments: ["", "a\0b", String(repeating: "a", count: 108)])
    func badPath(path: String) {
        #expect(throws: UpgradeError.badPath(path)) { _ = try binds(path) }
    }

    @Test("accepts a path of 107 bytes")
    func longestPath() throws {
        let path = path + String(repeating: "a", count: 107 - path.utf8.count)
        let listener = try UpgradeListener(binding: path)
        _ = try UpgradeChannel.connect(to: path, within: .seconds(5)).version
        _ = try listener.accept(within: .seconds(5)).version
    }

    @Test("says when the directory is not there")
    func noDirectory() {
        #expect(throws: UpgradeError.system(call: "bind", code: ENOENT)) {
            _ = try binds("/tmp/pingora-no-such-directory/socket")
        }
    }

    @Test("says when nobody comes, and who came that may not")
    func nobody() throws {
        let listener = try UpgradeListener(binding: path)
        #expect(throws: UpgradeError.nobodyThere(path)) {
            _ = try listener.accept(within: .milliseconds(10)).version
        }
        let stranger = try UpgradeChannel.connect(to: path, within: .seconds(5))
        #expect(throws: UpgradeError.wrongUser(geteuid())) {
            _ = try listener.accept(
                within: .milliseconds(10), allowing: PeerRule { _ in false }
            ).version
        }
        let isOpen = stranger.isOpen()
        #expect(!isOpen)
    }

    @Test("says when nobody listens, and who listens that may not")
    func nobodyListens() throws {
        #expect(throws: UpgradeError.nobodyThere(path)) {
            _ = try UpgradeChannel.connect(to: path, within: .milliseconds(10)).version
        }
        let listener = try UpgradeListener(binding: path)
        #expect(throws: UpgradeError.wrongUser(geteuid())) {
            _ = try UpgradeChannel.connect(
                to: path, within: .seconds(5), allowing: PeerRule { _ in false }
            ).version
        }
        _ = consume listener
    }

    /// Whether `path` can be bound; the listener itself can't leave a closure of `#expect`.
    private func binds(_ path: String) throws(UpgradeError) -> Bool {
        _ = try UpgradeListener(binding: path)
        return true
    }
}

/// The whole part of a predecessor over a channel.
private func give(
    _ sockets: [(name: SocketName, descriptor: CInt)], over channel: consuming UpgradeChannel
) -> HandOverOutcome {
    var predecessor = Predecessor(channel: channel, limits: ample)
    return predecessor.handOver(sockets)
}
