import Glibc
import Testing

@testable import PingoraCore

@Suite("Listener")
struct ListenerTests {
    static let hasIPv6 = (try? Listener(binding: .ipv6(high: 0, low: 1, port: 0))) != nil

    @Test("takes a free port where it is asked for port 0")
    func ipv4() throws {
        let listener = try Listener(binding: .ipv4(0x7f00_0001, port: 0))
        #expect(listener.address.host == "127.0.0.1" && listener.address.port != 0)
        #expect(connects(to: listener.address))
    }

    @Test("listens on IPv6", .enabled(if: hasIPv6))
    func ipv6() throws {
        let listener = try Listener(binding: .ipv6(high: 0, low: 1, port: 0))
        #expect(listener.address.host == "::1" && listener.address.port != 0)
        #expect(connects(to: listener.address))
    }

    @Test("refuses an address that is taken, and says why")
    func taken() throws {
        let listener = try Listener(binding: .ipv4(0x7f00_0001, port: 0))
        // Linux tells it at bind, or at listen where both sockets have SO_REUSEADDR.
        let error = #expect(throws: SystemError.self) {
            _ = try Listener(binding: listener.address)
        }
        #expect(error?.code == EADDRINUSE)
    }

    @Test("listens on a path, and removes its file when asked")
    func unix() throws {
        try withDirectory { directory in
            let address = SocketAddress.unix("\(directory)/a.sock")
            let listener = try Listener(binding: address)
            #expect(listener.address == address && connects(to: address))
            #expect(exists("\(directory)/a.sock"))
            listener.removeFile()
            #expect(!exists("\(directory)/a.sock"))
        }
    }

    @Test("replaces the file of a socket on which nobody answers")
    func stale() throws {
        try withDirectory { directory in
            let address = SocketAddress.unix("\(directory)/a.sock")
            // Closing a listener leaves its file.
            _ = try Listener(binding: address)
            #expect(exists("\(directory)/a.sock") && !connects(to: address))
            let listener = try Listener(binding: address)
            #expect(connects(to: address))
            listener.removeFile()
        }
    }

    @Test("leaves a path alone that somebody serves")
    func live() throws {
        try withDirectory { directory in
            let address = SocketAddress.unix("\(directory)/a.sock")
            let first = try Listener(binding: address)
            #expect(throws: SystemError(call: "bind", code: EADDRINUSE)) {
                _ = try Listener(binding: address)
            }
            #expect(connects(to: address))
            first.removeFile()
        }
    }

    @Test("does not replace a file that is no socket")
    func file() throws {
        try withDirectory { directory in
            let path = "\(directory)/a.sock"
            let number = open(path, O_CREAT | O_WRONLY, 0o600)
            #expect(number >= 0)
            close(number)
            // Linux answers a connect to a file of any kind with ECONNREFUSED.
            #expect(throws: SystemError.self) { _ = try Listener(binding: .unix(path)) }
        }
    }

    private func connects(to address: SocketAddress) -> Bool {
        BlockingClient(address) != nil
    }

    private func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// Calls `body` with a directory of its own, and removes it with the sockets in it.
    private func withDirectory(_ body: (String) throws -> Void) throws {
        var template = Array("/tmp/pingora-core-XXXXXX".utf8CString)
        let path = try #require(mkdtemp(&template).map { String(cString: $0) })
        defer {
            unlink("\(path)/a.sock")
            rmdir(path)
        }
        try body(path)
    }
}
