import CLinux
import Glibc

/// The user and groups that a process acts as.
package struct Identity: Hashable, Sendable, CustomStringConvertible {
    package let user: UInt32
    package let group: UInt32
    /// All groups, the primary one included.
    package let groups: [UInt32]
    /// `www-data:www-data`, as they were given.
    package let description: String

    package init(user: UInt32, group: UInt32, groups: [UInt32], description: String) {
        self.user = user
        self.group = group
        self.groups = groups
        self.description = description
    }

    /// Acts as this identity from now on, in all threads, for good; verifies that root can't be
    /// regained.
    ///
    /// glibc changes all threads of the process at once (man 7 nptl), so that this is safe at any
    /// time; but what was opened before stays open, and what other threads do meanwhile may fall on
    /// either side. Best called before any thread starts, after ports are bound, files for logs are
    /// opened and the pid file is written.
    ///
    /// Linux hides /proc/PID of a process that changed its user from that user, who could read from
    /// its memory what root has read. We lift that (PR_SET_DUMPABLE), so that its owner can look at
    /// its descriptors and it leaves a core: a process that must keep secrets from its own user has
    /// to read them after this call.
    /// - Throws: `PrivilegesError`; the process may have changed in part and must end.
    package func assume() throws(PrivilegesError) {
        // SAFETY: as many numbers as the call is told.
        let result = unsafe clinux_setgroups(groups.count, groups)
        try Identity.check(result, "setgroups")
        try Identity.check(clinux_setgid(group), "setgid")
        try Identity.check(clinux_setuid(user), "setuid")
        guard clinux_getuid() == user, clinux_geteuid() == user, clinux_getegid() == group else {
            throw .notAssumed(self)
        }
        guard user != 0 else { return }
        guard clinux_setuid(0) < 0 else { throw .rootRegainable(self) }
        try Identity.check(clinux_prctl(PR_SET_DUMPABLE, 1), "prctl")
    }

    private static func check(_ result: CInt, _ call: String) throws(PrivilegesError) {
        guard result < 0 else { return }
        throw .failed(SystemError(call: call, code: -result))
    }
}

/// Which identity a configuration asks for.
package enum Privileges {
    /// NGROUPS_MAX of Linux.
    private static let mostGroups = 65_536

    /// The identity that `user` and `group` mean, each a name or a number; nil where there is
    /// nothing to do, since none is given or the process, without being root, has them already.
    ///
    /// The group is by default the user's primary one. The user's supplementary groups come along.
    /// Reads the system's databases, so it belongs before the start, not into a running server.
    /// - Throws: `PrivilegesError` where they are unknown, or are others and we are not root.
    package static func resolve(
        user: String?, group: String?
    ) throws(PrivilegesError) -> Identity? {
        guard user != nil || group != nil else { return nil }
        let found = try find(user: user ?? "\(clinux_geteuid())")
        let groupNumber = try group.map(find(group:)) ?? found.group
        let description = [user, group].compactMap { $0 }.joined(separator: ":")
        guard clinux_geteuid() == 0 else {
            let hasGroup = group == nil || groupNumber == clinux_getegid()
            if found.id == clinux_geteuid(), hasGroup { return nil }
            throw .notRoot(wanted: description)
        }
        guard groupNumber != UInt32.max else { throw .noPrimaryGroup(user: description) }
        return Identity(
            user: found.id, group: groupNumber, groups: try groups(of: found, groupNumber),
            description: description)
    }

    private static func find(user text: String) throws(PrivilegesError) -> clinux_user {
        var user = clinux_user()
        // SAFETY: the string lives during the call, which writes one structure.
        let result = unsafe text.withCString { unsafe clinux_find_user($0, &user) }
        if result == -ENOENT { throw .unknownUser(text) }
        guard result == 0 else { throw .failed(SystemError(call: "getpwnam", code: -result)) }
        return user
    }

    private static func find(group text: String) throws(PrivilegesError) -> UInt32 {
        var group: UInt32 = 0
        // SAFETY: the string lives during the call, which writes one number.
        let result = unsafe text.withCString { unsafe clinux_find_group($0, &group) }
        if result == -ENOENT { throw .unknownGroup(text) }
        guard result == 0 else { throw .failed(SystemError(call: "getgrnam", code: -result)) }
        return group
    }

    private static func groups(
        of user: clinux_user, _ group: UInt32
    ) throws(PrivilegesError) -> [UInt32] {
        var user = user
        var groups = [UInt32](repeating: 0, count: mostGroups)
        let capacity = CInt(groups.count)
        // SAFETY: the call writes at most `capacity` numbers.
        let count = unsafe clinux_groups_of(&user, group, &groups, capacity)
        guard count > 0 else { throw .failed(SystemError(call: "getgrouplist", code: -count)) }
        return Array(groups.prefix(Int(count)))
    }
}

/// Why the process does not act as who it should.
package enum PrivilegesError: Error, Equatable, CustomStringConvertible {
    case unknownUser(String)
    case unknownGroup(String)
    /// A number without an entry in the user database, and no group given.
    case noPrimaryGroup(user: String)
    /// Only root can become somebody else.
    case notRoot(wanted: String)
    /// The calls succeeded, but had no effect.
    case notAssumed(Identity)
    /// The process could become root again.
    case rootRegainable(Identity)
    case failed(SystemError)

    package var description: String {
        switch self {
        case .unknownUser(let name): "user: there is no user \(Log.quoted(name))"
        case .unknownGroup(let name): "group: there is no group \(Log.quoted(name))"
        case .noPrimaryGroup(let user):
            "user: \(user) has no primary group, since it has no entry in the user database: "
                + "give a group"
        case .notRoot(let wanted):
            "only root can run the service as \(Log.quoted(wanted)): "
                + "start it as root, or as that user"
        case .notAssumed(let identity): "the system did not make the process \(identity)"
        case .rootRegainable(let identity):
            "the process runs as \(identity), but could become root again"
        case .failed(let error): "cannot change the user: \(error)"
        }
    }
}
