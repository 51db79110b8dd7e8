import PingoraConfig
import PingoraCore
import PingoraGateway

/// Reading the configuration anew while the process serves (SIGHUP).
final class Reload {
    private let gateway: GatewayServer
    private let options: CommandLineOptions
    private let processLog: ProcessLog
    private let started: GatewayConfiguration
    private var current: LoadedConfiguration
    private var next: LoadedConfiguration?
    private var start: PublishedText?
    private var latest: PublishedText?

    init(
        of gateway: GatewayServer, _ options: CommandLineOptions,
        _ loaded: LoadedConfiguration, _ processLog: ProcessLog
    ) {
        self.gateway = gateway
        self.options = options
        self.processLog = processLog
        started = loaded.configuration
        current = loaded
    }

    /// The services of the file as it is now.
    ///
    /// - Throws: every problem of the file, or what else is in the way; nothing has changed.
    func read() throws -> (services: [any Service], options: ServerOptions) {
        var loaded = try options.load()
        if options.isDemo {
            loaded.configuration.upstreams = current.configuration.upstreams
            // A certificate that somebody may have agreed to trust stays the same.
            loaded.configuration.secureListeners = current.configuration.secureListeners
        }
        next = loaded
        return try gateway.services(for: loaded.configuration)
    }

    /// Puts in force what was read, if the server has taken it.
    func end(failed: Bool) {
        guard !failed, let next else { return }
        let difference = ConfigurationDifference(from: started, to: next.configuration)
        for case .settingChanged(let key, _, _, .nextStart) in difference.changes {
            log.warning("reload_left_out", ("key", key), ("note", "at the next start or upgrade"))
        }
        gateway.commit()
        processLog.follow(next.configuration)
        current = next
        publish()
    }

    /// Lets `pingora-lb plan` know what the process runs with.
    func publish() {
        latest = published(as: Plan.latestName)
        if start == nil { start = published(as: Plan.startName) }
    }

    private func published(as name: String) -> PublishedText? {
        guard let text = current.text else { return nil }
        do {
            return try PublishedText(text, as: name)
        } catch {
            log.warning("configuration_not_published", ("error", error))
            return nil
        }
    }
}
