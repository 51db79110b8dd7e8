import CLinux
import Glibc
import Testing

@testable import PingoraCore

@Suite("ServiceNotifier")
struct ServiceNotifierTests {
    /// A socket as a service manager has it.
    private final class Manager {
        let descriptor: FileDescriptor

        /// Binds to a path, or to an abstract name where it begins with `@`.
        init(_ name: String) throws {
            let number = clinux_socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue), 0)
            descriptor = FileDescriptor(owning: try SystemError.check(number, "socket"))
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            var bytes = Array(name.utf8)
            if bytes[0] == UInt8(ascii: "@") { bytes[0] = 0 }
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
            let result = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    clinux_bind(number, $0, socklen_t(2 + bytes.count))
                }
            }
            try SystemError.check(result, "bind")
        }

        /// The next datagram; nil where none comes within a few seconds.
        func message() -> String? {
            guard clinux_poll(descriptor.number, CInt(POLLIN), 5000) > 0 else { return nil }
            var room = [UInt8](repeating: 0, count: 4096)
            let count = recv(descriptor.number, &room, room.count, 0)
            return String(decoding: room.prefix(max(0, count)), as: UTF8.self)
        }
    }

    private let folder = ProbeFolder()

    @Test("sends one datagram per message", arguments: ["path", "abstract"])
    func sends(kind: String) throws {
        let path = folder.file("notify")
        let name = kind == "path" ? path : "@\(path)"
        let manager = try Manager(name)
        let notifier = ServiceNotifier(socket: name)
        #expect(notifier.isActive)
        #expect(notifier.ready(status: "serving on\n127.0.0.1:80\r\n") == nil)
        #expect(manager.message() == "READY=1\nSTATUS=serving on 127.0.0.1:80")
        #expect(notifier.status("one") == nil)
        #expect(manager.message() == "STATUS=one")
        #expect(notifier.mainProcess(4711) == nil)
        #expect(manager.message() == "MAINPID=4711")
        #expect(notifier.stopping() == nil)
        #expect(manager.message() == "STOPPING=1")
        let before = clinux_monotonic() / 1000
        #expect(notifier.reloading() == nil)
        let lines = try #require(manager.message()).split(separator: "\n").map(String.init)
        #expect(lines.first == "RELOADING=1")
        let time = try #require(Int64(lines[1].dropFirst("MONOTONIC_USEC=".count)))
        #expect(before <= time && time <= clinux_monotonic() / 1000)
    }

    @Test(
        "does nothing without a usable name",
        arguments: [nil, "", "@", "/", "relative", "vsock:2:1234", "/a\0b"] as [String?])
    func unusable(name: String?) {
        let notifier = ServiceNotifier(socket: name)
        #expect(!notifier.isActive)
        #expect(notifier.ready(status: "") == nil)
        #expect(notifier.reloading() == nil)
    }

    @Test(
        "takes names up to the length of an address",
        arguments: [("/", 107, true), ("/", 108, false), ("@", 108, true), ("@", 109, false)])
    func longNames(start: String, count: Int, isActive: Bool) {
        let name = start + String(repeating: "x", count: count - 1)
        #expect(ServiceNotifier(socket: name).isActive == isActive)
    }

    @Test("says why nobody hears it")
    func nobodyListens() {
        let notifier = ServiceNotifier(socket: folder.file("missing"))
        #expect(notifier.stopping() == SystemError(call: "sendto", code: ENOENT))
    }

    @Test("reads the variable, and removes it only where it is told to")
    func environment() throws {
        let path = folder.file("notify")
        let manager = try Manager(path)
        let probe = try ProbeProcess(["notify"], variables: ["NOTIFY_SOCKET=\(path)"])
        #expect(probe.lines() == ["active=true kept=true", "active=true kept=false"])
        let messages = (0..<5).map { _ in manager.message() ?? "" }
        #expect(
            messages.map { $0.prefix { $0 != "\n" } } == [
                "STATUS=one two", "READY=1", "RELOADING=1", "MAINPID=4711", "STOPPING=1",
            ])
        let silent = try ProbeProcess(["notify"])
        #expect(silent.lines() == ["active=false kept=false", "active=false kept=false"])
    }
}
