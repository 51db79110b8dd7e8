import CLinux
import Glibc

/// Going into the background.
package enum Daemon {
    /// Which of the two processes ``detach()`` returned in.
    package enum Role {
        /// The process that was started, which tells its caller how the start went and then ends.
        case launcher(Launch)
        /// The daemon.
        case service(StartReport)
    }

    /// Whatever a daemon creates is closed to others, and not writable by its group.
    private static let creationMask: UInt32 = 0o027

    /// Splits the process in two. The daemon has a session of its own and can never get a terminal,
    /// since it does not lead the session. Its parent is the launcher, and init (or the nearest
    /// subreaper) once that has ended.
    ///
    /// The daemon's standard input and output are /dev/null at once. Standard error stays where it
    /// goes until ``redirect(standardErrorTo:)``; where it was closed, it is /dev/null too. The
    /// umask is 027 and a write to a closed pipe fails instead of ending the daemon. The working
    /// directory stays: see ``WorkingDirectory``.
    ///
    /// Must come before any thread starts, which is checked: a fork copies the calling thread
    /// alone, and a lock that another thread held would stay locked for ever.
    /// - Throws: `SystemError` in the launcher when the first step fails. Later failures are
    ///   reported to it as ``LaunchResult/failed(reason:)``.
    package static func detach() throws(SystemError) -> Role {
        precondition(
            clinux_thread_count() == 1, "a process must detach before its second thread starts")
        let pipe = try Pipe()
        // What a buffer holds would be written by both processes.
        fflush(nil)
        // Lets the launcher learn how its grandchild ended. Without it the end is just unknown.
        _ = clinux_prctl(PR_SET_CHILD_SUBREAPER, 1)
        let middle = try SystemError.check(clinux_fork(), "fork")
        guard middle == 0 else { return .launcher(Launch(reading: pipe.reading, middle: middle)) }
        return .service(becomeService(reportingTo: StartReport(pipe.writing)))
    }

    /// Runs in the middle process, which ends here, and in its child, which goes on.
    private static func becomeService(reportingTo report: StartReport) -> StartReport {
        do {
            try SystemError.check(clinux_setsid(), "setsid")
            let service = try SystemError.check(clinux_fork(), "fork")
            guard service == 0 else { _exit(0) }
            clinux_ignore_broken_pipes()
            report.announce()
            _ = clinux_umask(creationMask)
            // A closed one would come to be a socket, in which the runtime writes its last words.
            let hasErrors = clinux_fcntl(STDERR_FILENO, F_GETFD, 0) >= 0
            let lost = hasErrors ? [] : [STDERR_FILENO]
            try redirectToNull([STDIN_FILENO, STDOUT_FILENO] + lost)
            return report
        } catch {
            report.fail("cannot detach: \(error)")
            _exit(1)
        }
    }

    private static func redirectToNull(_ targets: [CInt]) throws(SystemError) {
        let null = try FileDescriptor.open("/dev/null", O_RDWR, mode: 0)
        try null.replace(targets)
    }

    /// Sends what is written to standard error from now on to the end of a file, which is created
    /// with mode 0640, or to /dev/null.
    ///
    /// Also for log rotation: called again with the same path, it opens the file that has that name
    /// now. Other threads may write meanwhile. Where it fails, standard error stays as it was.
    /// - Throws: `SystemError` when the file can't be opened.
    package static func redirect(standardErrorTo path: String?) throws(SystemError) {
        guard let path else { return try redirectToNull([STDERR_FILENO]) }
        let file = try LogFile.open(path)
        try file.replace([STDERR_FILENO])
    }
}
