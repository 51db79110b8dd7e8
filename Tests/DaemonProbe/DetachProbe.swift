import CLinux
import Glibc
import PingoraCore

/// `detach SCENARIO FOLDER`: goes into the background, and prints how the start went.
enum DetachProbe {
    static func run(_ arguments: [String]) {
        let (scenario, folder) = (arguments[0], arguments[1])
        if scenario == "threads" { startThread() }
        do {
            switch try Daemon.detach() {
            case .launcher(let launch):
                // Only the silent one makes use of the limit.
                let limit = TimeLimit.seconds(scenario == "silent" ? 0.3 : 30)
                print(launch.waitForReport(within: limit))
            case .service(let report):
                serve(scenario, folder, report)
            }
        } catch {
            print("thrown: \(error)")
        }
    }

    private static func serve(_ scenario: String, _ folder: String, _ report: StartReport) {
        alarm(60)
        switch scenario {
        case "fail":
            report.fail("address in use:\n\u{1b}[2J127.0.0.1:80")
            report.succeed()
        case "long": report.fail(String(repeating: "x", count: 100_000))
        case "exit": exit(3)
        case "crash":
            signal(SIGSEGV, SIG_DFL)
            kill(getpid(), SIGSEGV)
        case "silent":
            // Lives until the launcher has lost its patience and the test reads its number.
            waitForEnd(folder)
            withExtendedLifetime(report) {}
        case "errors":
            writeErrors(folder)
            report.succeed()
            report.fail("too late")
        default:
            write(facts(), to: folder + "/facts")
            report.succeed()
            waitForEnd(folder)
        }
    }

    /// Standard error to a file, which is rotated in between.
    private static func writeErrors(_ folder: String) {
        let path = folder + "/errors"
        do {
            try Daemon.redirect(standardErrorTo: path)
            Glibc.write(STDERR_FILENO, "first\n", 6)
            rename(path, path + ".1")
            try Daemon.redirect(standardErrorTo: path)
            Glibc.write(STDERR_FILENO, "second\n", 7)
            try Daemon.redirect(standardErrorTo: nil)
            Glibc.write(STDERR_FILENO, "lost\n", 5)
            do {
                try Daemon.redirect(standardErrorTo: folder + "/missing/errors")
            } catch {
                write("\(error)", to: folder + "/refused")
            }
        } catch {
            write("\(error)", to: folder + "/refused")
        }
    }

    /// What the daemon sees of itself, a line each.
    private static func facts() -> String {
        let mask = umask(0)
        umask(mask)
        let terminal = open("/dev/tty", O_RDWR)
        return """
            process=\(getpid())
            leads=\(getsid(0) == getpid())
            umask=\(String(mask, radix: 8))
            terminal=\(terminal >= 0)
            stdin=\(target(of: 0))
            stdout=\(target(of: 1))
            stderr=\(target(of: 2))
            broken_pipe=\(brokenPipe())

            """
    }

    private static func target(of descriptor: CInt) -> String {
        var bytes = [CChar](repeating: 0, count: 256)
        readlink("/proc/self/fd/\(descriptor)", &bytes, 255)
        return String(decoding: bytes.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)
    }

    /// What a write to a pipe without a reader gives: it must not end the process.
    private static func brokenPipe() -> CInt {
        var ends: [CInt] = [0, 0]
        pipe(&ends)
        close(ends[0])
        return Glibc.write(ends[1], "x", 1) < 0 ? errno : 0
    }

    private static func write(_ text: String, to path: String) {
        guard let file = fopen(path, "w") else { return }
        fputs(text, file)
        fclose(file)
    }

    /// Until the test removes its folder, or the alarm rings.
    private static func waitForEnd(_ folder: String) {
        while access(folder, F_OK) == 0 { usleep(5000) }
    }

    private static func startThread() {
        var thread = pthread_t()
        pthread_create(
            &thread, nil,
            { _ in
                sleep(60)
                return nil
            }, nil)
    }
}
