import CLinux

/// The calls on files and processes, which nothing makes while requests are served.
extension FailingKernel {
    public enum ProcessCall: String, CaseIterable, Sendable {
        case open, unlink, fchmod, lstat, fork, setsid, waitpid, pipe, dup2, fcntl, chdir, rename,
            link, flock, fstat, fchown, ftruncate, chmod, memfd, setgroups, setgid, setuid, kill,
            prctl, sendto, inotify, inotifyAdd
    }

    /// Fails the call of the given kind that comes `number`th from now, with `code`.
    public func fail(_ call: ProcessCall, number: Int, with code: CInt) {
        fail(call.rawValue, number: number, with: code)
    }

    /// Makes the call on the wrapped kernel, or fails it.
    func pass<Result: SignedInteger>(_ call: ProcessCall, _ body: () -> Result) -> Result {
        pass(call.rawValue, body)
    }
}

func failingProcessTable() -> clinux_process_calls {
    clinux_process_calls(
        fork: { current.pass(.fork) { clinux_fork() } },
        setsid: { current.pass(.setsid) { clinux_setsid() } },
        waitpid: { a, b, c in current.pass(.waitpid) { clinux_waitpid(a, b, c) } },
        pipe: { a in current.pass(.pipe) { clinux_pipe(a) } },
        dup2: { a, b in current.pass(.dup2) { clinux_dup2(a, b) } },
        fcntl: { a, b, c in current.pass(.fcntl) { clinux_fcntl(a, b, c) } },
        chdir: { a in current.pass(.chdir) { clinux_chdir(a) } },
        umask: { a in current.forward { clinux_umask(a) } },
        rename: { a, b in current.pass(.rename) { clinux_rename(a, b) } },
        link: { a, b in current.pass(.link) { clinux_link(a, b) } },
        flock: { a, b in current.pass(.flock) { clinux_flock(a, b) } },
        fstat: { a, b in current.pass(.fstat) { clinux_fstat(a, b) } },
        fchown: { a, b, c in current.pass(.fchown) { clinux_fchown(a, b, c) } },
        ftruncate: { a, b in current.pass(.ftruncate) { clinux_ftruncate(a, b) } },
        chmod: { a, b in current.pass(.chmod) { clinux_chmod(a, b) } },
        memfd: { a in current.pass(.memfd) { clinux_memfd(a) } },
        setgroups: { a, b in current.pass(.setgroups) { clinux_setgroups(a, b) } },
        setgid: { a in current.pass(.setgid) { clinux_setgid(a) } },
        setuid: { a in current.pass(.setuid) { clinux_setuid(a) } },
        getuid: { current.forward { clinux_getuid() } },
        getegid: { current.forward { clinux_getegid() } },
        getpid: { current.forward { clinux_getpid() } },
        kill: { a, b in current.pass(.kill) { clinux_kill(a, b) } },
        prctl: { a, b in current.pass(.prctl) { clinux_prctl(a, b) } },
        descriptor_limit: { current.forward { clinux_descriptor_limit() } },
        sendto: { a, b, c, d, e in current.pass(.sendto) { clinux_sendto(a, b, c, d, e) } },
        inotify: { current.pass(.inotify) { clinux_inotify() } },
        inotify_add: { a, b, c in current.pass(.inotifyAdd) { clinux_inotify_add(a, b, c) } }
    )
}
