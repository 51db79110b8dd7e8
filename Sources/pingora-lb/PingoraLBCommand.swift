import PingoraConfig
import PingoraCore
import PingoraGateway

/// The program: flags, configuration, run. Exit codes: 0, 1 where the configuration or the start
/// failed, 2 for a command line that can't be understood.
enum PingoraLBCommand {
    static func run(_ arguments: [String]) -> CInt {
        let options: CommandLineOptions
        do {
            options = try CommandLineOptions(parsing: arguments)
        } catch {
            return fail("\(error.message)\nTry 'pingora-lb --help'.", code: 2)
        }
        if options.isHelp { return say(HelpText.help) }
        if options.isVersion { return say(HelpText.version + "\n") }
        if options.isDaemon || options.isUpgrade {
            let flag = options.isDaemon ? "-d/--daemon" : "-u/--upgrade"
            return fail("\(flag) is not available yet: run in the foreground", code: 2)
        }
        do {
            return try serve(options)
        } catch let error as StartError {
            return fail(error.message, code: 1)
        } catch let error as ConfigurationError {
            return reject(error)
        } catch {
            return fail("\(error)", code: 1)
        }
    }

    private static func serve(_ options: CommandLineOptions) throws -> CInt {
        var configuration = try options.configuration()
        if options.isTest { return say(Banner.summary(of: configuration, options)) }
        // Before any thread starts, so that all of them leave signals to the server.
        Server.blockSignals()
        let log = try openLog(configuration)
        let demo = options.isDemo ? try DemoOrigins(count: 2) : nil
        if let demo { configuration.upstreams = [demo.upstream] }
        let server = try GatewayServer(configuration)
        let running = try server.start()
        if Terminal.isInteractive || options.isDemo {
            Terminal.say(Banner.text(for: configuration, options))
        }
        running.serveUntilSignal()
        server.flush()
        log.flush()
        return 0
    }

    private static func openLog(_ configuration: GatewayConfiguration) throws -> LogWriter {
        let destination = configuration.errorLog.map(LogWriter.Destination.file) ?? .standardError
        do {
            let writer = try LogWriter(destination)
            Log.start(writer, level: configuration.logLevel)
            return writer
        } catch {
            throw StartError("error_log: cannot open \(configuration.errorLog ?? ""): \(error)")
        }
    }

    private static func reject(_ error: ConfigurationError) -> CInt {
        guard case .invalid = error else { return fail("\(error)", code: 1) }
        // Its lines begin with the file's name, so that editors and terminals can follow them.
        Terminal.complain("\(error)\n")
        return 1
    }

    private static func say(_ text: String) -> CInt {
        Terminal.say(text)
        return 0
    }

    private static func fail(_ text: String, code: CInt) -> CInt {
        Terminal.complain("pingora-lb: \(text)\n")
        return code
    }
}
