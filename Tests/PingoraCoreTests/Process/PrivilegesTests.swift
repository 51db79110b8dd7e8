import CLinux
import Glibc
import TestSupport
import Testing

@testable import PingoraCore

@Suite("Privileges")
struct PrivilegesTests {
    static let isRoot = getuid() == 0

    @Test("asks for nothing where nobody is named")
    func nobodyNamed() throws {
        #expect(try Privileges.resolve(user: nil, group: nil) == nil)
    }

    @Test(
        "finds users and groups by name and by number", .enabled(if: isRoot),
        arguments: [
            ("nobody", nil, 65_534, 65_534), ("65534", nil, 65_534, 65_534),
            ("nobody", "daemon", 65_534, 1), ("nobody", "1", 65_534, 1),
            ("4000000", "5000000", 4_000_000, 5_000_000), ("root", nil, 0, 0),
            (nil, "daemon", 0, 1),
        ] as [(String?, String?, UInt32, UInt32)])
    func finds(user: String?, group: String?, userID: UInt32, groupID: UInt32) throws {
        let identity = try #require(try Privileges.resolve(user: user, group: group))
        #expect(identity.user == userID)
        #expect(identity.group == groupID)
        #expect(identity.groups.contains(groupID))
    }

    @Test(
        "says which name is unknown",
        arguments: [
            ("no-such-user", nil, "user: there is no user no-such-user"),
            ("", nil, "user: there is no user \"\""),
            ("-1", nil, "user: there is no user -1"),
            ("4294967295", nil, "user: there is no user 4294967295"),
            ("99999999999999999999", nil, "user: there is no user 99999999999999999999"),
            ("0", "no such\ngroup", "group: there is no group \"no such\\ngroup\""),
        ] as [(String, String?, String)])
    func unknown(user: String, group: String?, expected: String) throws {
        let error = try #require(throws: PrivilegesError.self) {
            try Privileges.resolve(user: user, group: group)
        }
        #expect("\(error)" == expected)
    }

    @Test("wants a group for a number without an entry", .enabled(if: isRoot))
    func noPrimaryGroup() {
        #expect(throws: PrivilegesError.noPrimaryGroup(user: "4000000")) {
            try Privileges.resolve(user: "4000000", group: nil)
        }
    }

    private func run(_ arguments: [String]) throws -> [String] {
        try ProbeProcess(["assume"] + arguments).lines()
    }

    @Test("becomes another user with all threads, and can't go back", .enabled(if: isRoot))
    func assumes() throws {
        let status = "user=65534 group=65534 groups=65534"
        #expect(
            try run(["nobody", "-"]) == [status, "thread \(status)", "root=false descriptors=true"])
        let other = "user=65534 group=1 groups=1"
        #expect(try run(["nobody", "daemon"]).first == other)
        let number = "user=4000000 group=5000000 groups=5000000"
        #expect(try run(["4000000", "5000000"]).first == number)
    }

    @Test("stays root, but in another group", .enabled(if: isRoot))
    func groupOnly() throws {
        #expect(try run(["-", "daemon"]).first?.hasPrefix("user=0 group=1 ") == true)
    }

    @Test(
        "has nothing to do for the user it is, and refuses others without root",
        .enabled(if: isRoot),
        arguments: [
            (["nobody", "-"], "nothing to do"), (["65534", "nogroup"], "nothing to do"),
            (["-", "65534"], "nothing to do"),
            (
                ["root", "-"],
                "only root can run the service as root: start it as root, or as that user"
            ),
            (
                ["nobody", "daemon"],
                "only root can run the service as nobody:daemon: start it as root, or as that user"
            ),
        ])
    func withoutRoot(second: [String], expected: String) throws {
        #expect(try run(["nobody", "nogroup"] + second).last == expected)
    }

    @Test(
        "fails where a call fails", .enabled(if: isRoot),
        arguments: [FailingKernel.ProcessCall.setgroups, .setgid, .setuid])
    func fails(call: FailingKernel.ProcessCall) throws {
        // Our own numbers, so that the calls before the one that fails change nothing.
        var groups = [gid_t](repeating: 0, count: 65_536)
        let count = getgroups(CInt(groups.count), &groups)
        let own = Identity(
            user: getuid(), group: getgid(), groups: Array(groups.prefix(Int(count))),
            description: "self")
        let kernel = FailingKernel()
        kernel.fail(call, number: 1, with: EPERM)
        #expect(throws: PrivilegesError.failed(SystemError(call: "\(call)", code: EPERM))) {
            try kernel.run { try own.assume() }
        }
        #expect(throws: Never.self) { try kernel.run { try own.assume() } }
    }
}
