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
        do {
            let loaded = try options.load()
            if options.isTest {
                return say(Banner.summary(of: loaded.configuration, options))
            }
            if options.isPlan { return say(try Plan(options).text(to: loaded.configuration)) }
            return try serve(options, loaded)
        } catch let error as StartError {
            return fail(error.message, code: 1)
        } catch let error as ConfigurationError {
            return reject(error)
        } catch {
            return fail("\(error)", code: 1)
        }
    }

    private static func serve(
        _ options: CommandLineOptions, _ loaded: LoadedConfiguration
    ) throws -> CInt {
        var options = options
        // For the next time it is read: the working directory may be another one by then.
        options.configurationFile = options.configurationFile.map(
            WorkingDirectory.absolutePath(of:))
        guard options.isDaemon || loaded.configuration.runsInBackground else {
            try ServiceProcess(options, loaded).run()
            return 0
        }
        switch try Daemon.detach() {
        case .launcher(let launch): return wait(for: launch, loaded.configuration)
        case .service(let report): return serve(options, loaded, reportingTo: report)
        }
    }

    /// The process in the background. Whoever started it hears why it can't serve.
    private static func serve(
        _ options: CommandLineOptions, _ loaded: LoadedConfiguration,
        reportingTo report: StartReport
    ) -> CInt {
        do {
            try ServiceProcess(options, loaded, reportingTo: report).run()
            return 0
        } catch {
            let reason = (error as? StartError)?.message ?? "\(error)"
            report.fail(reason)
            return 1
        }
    }

    /// The process that was started, until the one in the background serves or can't.
    private static func wait(
        for launch: Launch, _ configuration: GatewayConfiguration
    ) -> CInt {
        switch launch.waitForReport(within: configuration.longestStart) {
        case .serving: return 0
        case .failed(let reason): return fail(reason, code: 1)
        case .died(let end): return fail("the process in the background died: \(end)", code: 1)
        case .silent(let process):
            let name = process.map { "process \($0)" } ?? "the process in the background"
            return fail("\(name) does not report that it serves", code: 1)
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
