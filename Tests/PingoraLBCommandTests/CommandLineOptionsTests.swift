import PingoraCore
import Testing

@testable import pingora_lb

@Suite("CommandLineOptions")
struct CommandLineOptionsTests {
    @Test(
        "understands every spelling of a flag",
        arguments: [
            ([], ""), (["-t"], "t"), (["--test"], "t"), (["-d"], "d"), (["--daemon"], "d"),
            (["-u"], "u"), (["--upgrade"], "u"), (["-h"], "h"), (["--help"], "h"),
            (["--version"], "v"), (["--demo"], "m"), (["-td"], "td"), (["-t", "-u"], "tu"),
        ] as [([String], String)])
    func flags(arguments: [String], expected: String) throws {
        let options = try CommandLineOptions(parsing: arguments)
        let flags = [
            (options.isTest, "t"), (options.isDaemon, "d"), (options.isUpgrade, "u"),
            (options.isHelp, "h"), (options.isVersion, "v"), (options.isDemo, "m"),
        ]
        #expect(flags.filter(\.0).map(\.1).joined() == expected)
    }

    @Test(
        "takes a value behind a blank or an equals sign",
        arguments: [
            ["-c", "a.yaml"], ["--conf", "a.yaml"], ["--conf=a.yaml"], ["-tc", "a.yaml"],
            ["-t", "-c", "a.yaml"],
        ])
    func file(arguments: [String]) throws {
        #expect(try CommandLineOptions(parsing: arguments).configurationFile == "a.yaml")
    }

    @Test(
        "takes plan as the first word, with every flag behind it",
        arguments: [
            (["plan", "-c", "a"], true), (["plan", "--conf=a", "--threads", "2"], true),
            (["plan", "-h"], true), (["plan", "--version"], true), (["-c", "plan"], false),
        ] as [([String], Bool)])
    func plan(arguments: [String], expected: Bool) throws {
        #expect(try CommandLineOptions(parsing: arguments).isPlan == expected)
    }

    @Test("collects what may be repeated, and takes the last of what may not")
    func repeated() throws {
        let options = try CommandLineOptions(parsing: [
            "--listen", "127.0.0.1:1", "--listen=[::1]:2", "--upstream", "unix:/a", "--upstream",
            "10.0.0.1:3", "--threads", "2", "--threads=3", "--log-level", "debug",
            "--access-log", "off",
        ])
        #expect(options.listeners.map(\.description) == ["127.0.0.1:1", "[::1]:2"])
        #expect(options.upstreams.map(\.description) == ["unix:/a", "10.0.0.1:3"])
        #expect(options.threads == 3)
        #expect(options.logLevel == .debug)
        #expect(options.accessLog == .some(nil))
        #expect(try CommandLineOptions(parsing: ["--conf=a=b"]).configurationFile == "a=b")
    }

    @Test(
        "names the access log",
        arguments: [
            ("stdout", .standardOutput), ("stderr", .standardError), ("/a b", .file("/a b")),
            ("off", nil),
        ] as [(String, LogWriter.Destination?)])
    func accessLog(value: String, expected: LogWriter.Destination?) throws {
        let options = try CommandLineOptions(parsing: ["--access-log", value])
        #expect(options.accessLog == .some(expected))
        #expect(try CommandLineOptions(parsing: []).accessLog == nil)
    }

    private static let address =
        " needs an address like 127.0.0.1:8080, [::1]:8080 or unix:/run/app.sock, not "

    @Test(
        "says what it does not understand",
        arguments: [
            (["plan"], "plan needs a file: pingora-lb plan -c FILE"),
            (["plan", "-t"], "plan needs a file: pingora-lb plan -c FILE"),
            (
                ["-c", "a", "plan"],
                "unexpected argument 'plan': it comes first, as in pingora-lb plan -c FILE"
            ), (["plan", "-c", "a", "b"], "unexpected argument 'b'"),
            (["x"], "unexpected argument 'x'"), (["-"], "unexpected argument '-'"),
            (["--"], "unknown option '--'"), (["-x"], "unknown option '-x'"),
            (["-tx"], "unknown option '-x'"), (["--nope"], "unknown option '--nope'"),
            (["--nope=1"], "unknown option '--nope'"), (["--test=1"], "--test takes no value"),
            (["-c"], "-c needs a value"), (["--conf="], "--conf needs a value"),
            (["--conf", ""], "--conf needs a value"),
            (["--threads", "0"], "--threads needs a number from 1 to 1024, not '0'"),
            (["--threads", "1025"], "--threads needs a number from 1 to 1024, not '1025'"),
            (["--threads", "x"], "--threads needs a number from 1 to 1024, not 'x'"),
            (
                ["--log-level", "warn"],
                "--log-level needs error, warning, info or debug, not 'warn'"
            ),
            (["--listen", "80"], "--listen" + address + "'80'"),
            (["--upstream", "localhost:80"], "--upstream" + address + "'localhost:80'"),
        ] as [([String], String)])
    func errors(arguments: [String], expected: String) {
        let error = #expect(throws: UsageError.self) {
            try CommandLineOptions(parsing: arguments)
        }
        #expect(error?.message == expected)
    }

    @Test("survives any arguments")
    func anything() {
        let words = [
            "plan", "-", "--", "-c", "--conf", "=", "--=", "-=", "", "-ttt", "--listen", "\u{0}",
        ]
        for first in words {
            for second in words {
                for third in words {
                    let options = try? CommandLineOptions(parsing: [first, second, third])
                    #expect(options?.threads == nil)
                }
            }
        }
    }
}
