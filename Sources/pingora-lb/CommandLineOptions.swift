import PingoraCore

/// What the command line asks for.
struct CommandLineOptions {
    /// `plan`: say what the file would change, and change nothing.
    var isPlan = false
    var configurationFile: String?
    var isTest = false
    var isDaemon = false
    var isUpgrade = false
    var isHelp = false
    var isVersion = false
    var isDemo = false
    var listeners: [SocketAddress] = []
    var upstreams: [SocketAddress] = []
    var threads: Int?
    /// nil: not given; the inner nil: off.
    var accessLog: LogWriter.Destination??
    var logLevel: LogLevel?
}

/// A command line that can't be understood.
struct UsageError: Error {
    var message: String

    init(_ message: String) {
        self.message = message
    }
}

extension CommandLineOptions {
    /// Parses the arguments behind the program's name: `--name value`, `--name=value`, `-c value`,
    /// and short flags that take no value in a row (`-td`). `plan` stands before all of them.
    init(parsing arguments: [String]) throws(UsageError) {
        var rest = arguments[...]
        if rest.first == "plan" {
            rest.removeFirst()
            isPlan = true
        }
        while let argument = rest.popFirst() {
            if argument.hasPrefix("--"), argument.count > 2 {
                let parts = argument.split(separator: "=", maxSplits: 1)
                let value = parts.count == 2 ? String(parts[1]) : nil
                try take(String(parts[0]), value, &rest)
            } else if argument.hasPrefix("-"), argument.count > 1 {
                for letter in argument.dropFirst() { try take("-\(letter)", nil, &rest) }
            } else {
                let hint =
                    argument == "plan" ? ": it comes first, as in pingora-lb plan -c FILE" : ""
                throw UsageError("unexpected argument '\(argument)'\(hint)")
            }
        }
        // -h and --version are answered without the rest.
        if isPlan, configurationFile == nil, !isHelp, !isVersion {
            throw UsageError("plan needs a file: pingora-lb plan -c FILE")
        }
    }

    private mutating func take(
        _ name: String, _ inline: String?, _ rest: inout ArraySlice<String>
    ) throws(UsageError) {
        if let flag = CommandLineOptions.flags[name] {
            guard inline == nil else { throw UsageError("\(name) takes no value") }
            return self[keyPath: flag] = true
        }
        guard CommandLineOptions.valueNames.contains(name) else {
            throw UsageError("unknown option '\(name)'")
        }
        guard let value = inline ?? rest.popFirst(), !value.isEmpty else {
            throw UsageError("\(name) needs a value")
        }
        try set(name, value)
    }

    private static var flags: [String: WritableKeyPath<CommandLineOptions, Bool>] {
        [
            "-t": \.isTest, "--test": \.isTest, "-d": \.isDaemon, "--daemon": \.isDaemon,
            "-u": \.isUpgrade, "--upgrade": \.isUpgrade, "-h": \.isHelp, "--help": \.isHelp,
            "--version": \.isVersion, "--demo": \.isDemo,
        ]
    }

    private static let valueNames = [
        "-c", "--conf", "--listen", "--upstream", "--threads", "--access-log", "--log-level",
    ]

    private mutating func set(_ name: String, _ value: String) throws(UsageError) {
        switch name {
        case "--listen": listeners.append(try CommandLineOptions.address(name, value))
        case "--upstream": upstreams.append(try CommandLineOptions.address(name, value))
        case "--threads":
            guard let count = Int(value), 1...1024 ~= count else {
                throw UsageError("--threads needs a number from 1 to 1024, not '\(value)'")
            }
            threads = count
        case "--access-log": accessLog = .some(LogWriter.Destination(named: value))
        case "--log-level":
            guard let level = LogLevel(named: value) else {
                throw UsageError(
                    "--log-level needs error, warning, info or debug, not '\(value)'")
            }
            logLevel = level
        default: configurationFile = value
        }
    }

    private static func address(
        _ name: String, _ text: String
    ) throws(UsageError) -> SocketAddress {
        guard let address = SocketAddress(text) else {
            throw UsageError(
                "\(name) needs an address like 127.0.0.1:8080, [::1]:8080 or unix:/run/app.sock, "
                    + "not '\(text)'")
        }
        return address
    }
}
