import PingoraCore
import PingoraGateway

/// The process that serves, from its first step to its last.
struct ServiceProcess {
    private let options: CommandLineOptions
    private let loaded: LoadedConfiguration
    /// To whom the start is reported; nil in the foreground.
    private let report: StartReport?
    private let supervisor = ServiceNotifier.fromEnvironment()

    init(
        _ options: CommandLineOptions, _ loaded: LoadedConfiguration,
        reportingTo report: StartReport? = nil
    ) {
        self.options = options
        self.loaded = loaded
        self.report = report
    }

    private var configuration: GatewayConfiguration { loaded.configuration }

    /// Serves until a signal ends it.
    ///
    /// - Throws: what kept it from serving; the process that it was to replace serves on.
    func run() throws {
        guard !options.isUpgrade || configuration.upgradeSocket != nil else {
            throw StartError("-u needs upgrade_sock in the file: the two processes meet there")
        }
        // Before any thread starts, so that all of them leave signals to the server.
        Server.blockSignals()
        ServerOptions.raiseDescriptorLimit()
        if let path = configuration.workingDirectory { try WorkingDirectory.enter(path) }
        let identity = try Privileges.resolve(
            user: configuration.user, group: configuration.group)
        let processLog = try ProcessLog(configuration, isInBackground: report != nil)
        defer { processLog.end() }
        let demo = options.isDemo ? try DemoOrigins(count: 2) : nil
        let loaded = loaded.serving(demo)

        // Before anything is bound: a second process shall hear who is there already.
        var pidFile = options.isUpgrade ? nil : try claimPidFile(identity)
        defer { pidFile?.remove() }
        let gateway = try GatewayServer(
            loaded.configuration, takesOver: options.isUpgrade, successorOf: identity)
        defer { gateway.flush() }
        if let identity {
            processLog.give(to: identity)
            gateway.giveLog(to: identity)
        }
        let running = try start(gateway, identity, &pidFile)
        if pidFile == nil { pidFile = claimWhileServing(identity) }

        let reload = Reload(of: gateway, options, loaded, processLog)
        reload.publish()
        announce(loaded.configuration)
        var events = events(gateway, reload, processLog)
        let enter = events.enter
        events.enter = { phase in
            // The file names a successor that has died.
            if phase == .servingAgain, pidFile?.isInPlace == false {
                pidFile = claimWhileServing(identity)
            }
            enter?(phase)
        }
        running.serveUntilSignal(events)
    }

    /// Starts to serve. Whoever is no longer root may not be able to claim the file of its
    /// predecessor, so that it is claimed before; should the upgrade fail, it is given back.
    private func start(
        _ gateway: GatewayServer, _ identity: Identity?, _ pidFile: inout PidFile?
    ) throws(ServerError) -> RunningServer {
        do throws(ServerError) {
            return try gateway.start {
                if let identity {
                    if options.isUpgrade { pidFile = try claimPidFile(identity) }
                    try identity.assume()
                }
            }
        } catch {
            if options.isUpgrade {
                pidFile?.giveBack()
                pidFile = nil
            }
            // Who reads the log of a failed start later did not see its standard error.
            if configuration.errorLog != nil { log.error("start_failed", ("error", error)) }
            throw error
        }
    }

    private func claimPidFile(
        _ identity: Identity?, isAgain: Bool = false
    ) throws(PidFileError) -> PidFile? {
        guard let path = configuration.pidFile else { return nil }
        return try PidFile.claim(path, replacing: options.isUpgrade || isAgain, owner: identity)
    }

    /// Where this process serves, to end for want of a file would leave nobody.
    private func claimWhileServing(_ identity: Identity?) -> PidFile? {
        do {
            return try claimPidFile(identity, isAgain: true)
        } catch {
            log.error("pid_file_failed", ("error", error), ("note", "this process serves on"))
            return nil
        }
    }

    /// Tells whoever waits for the start.
    private func announce(_ configuration: GatewayConfiguration) {
        if options.isUpgrade { supervisor.mainProcess(ProcessNumber.own) }
        report?.succeed()
        if report == nil, Terminal.isInteractive || options.isDemo {
            Terminal.say(Banner.text(for: configuration, options))
        }
    }

    private func events(
        _ gateway: GatewayServer, _ reload: Reload, _ processLog: ProcessLog
    ) -> ServerEvents {
        var events = ServerEvents()
        events.reload = { try reload.read() }
        events.reopenLogs = { reopen(processLog, gateway) }
        events.enter = { phase in
            if case .reloaded(let failure) = phase { reload.end(failed: failure != nil) }
            supervisor.report(phase)
        }
        return events
    }

    private func reopen(_ processLog: ProcessLog, _ gateway: GatewayServer) {
        processLog.reopen()
        do {
            try gateway.reopenLog()
        } catch {
            log.error("access_log_reopen_failed", ("error", error))
        }
    }
}

extension ServiceNotifier {
    /// Tells systemd what the process is at.
    fileprivate func report(_ phase: ServerPhase) {
        switch phase {
        case .serving, .servingAgain: ready(status: "serving")
        case .reloading: reloading()
        case .reloaded(let failure?): ready(status: "serving; reload failed: \(failure)")
        case .reloaded(nil): ready(status: "serving; configuration reloaded")
        case .stopping: stopping()
        case .departing(let successor): status("process \(successor) took over; draining")
        }
    }
}
