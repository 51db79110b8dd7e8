import PingoraCore
import PingoraGateway

/// The log of the process, and what else it writes to standard error: Swift's last words, say.
final class ProcessLog {
    private let writer: LogWriter
    private var errorLog: String?
    private let isInBackground: Bool

    /// Opens the log that `configuration` names. In the background standard error goes there, too.
    ///
    /// - Throws: `StartError` naming the file.
    init(
        _ configuration: GatewayConfiguration, isInBackground: Bool
    ) throws(StartError) {
        errorLog = configuration.errorLog
        self.isInBackground = isInBackground
        do {
            writer = try LogWriter(ProcessLog.destination(errorLog))
            if isInBackground { try Daemon.redirect(standardErrorTo: errorLog) }
        } catch {
            throw StartError("error_log: cannot open \(errorLog ?? "standard error"): \(error)")
        }
        Log.start(writer, level: configuration.logLevel)
        if isInBackground, configuration.accessLog == .standardOutput {
            log.warning(
                "access_log_lost",
                ("reason", "in the background there is no standard output: give access_log a path"))
        }
    }

    /// Opens the file anew, after a rotation. Where that fails, the earlier one stays in use.
    func reopen() {
        do {
            try writer.reopen()
            if isInBackground { try Daemon.redirect(standardErrorTo: errorLog) }
            log.info("logs_reopened")
        } catch {
            log.error("log_reopen_failed", ("path", errorLog ?? "-"), ("error", error))
        }
    }

    /// Writes where `configuration` wants it, and what it wants.
    func follow(_ configuration: GatewayConfiguration) {
        do {
            if configuration.errorLog != errorLog {
                try writer.redirect(to: ProcessLog.destination(configuration.errorLog))
                errorLog = configuration.errorLog
                if isInBackground { try Daemon.redirect(standardErrorTo: errorLog) }
            }
        } catch {
            log.error("error_log_failed", ("path", configuration.errorLog ?? "-"), ("error", error))
        }
        Log.start(writer, level: configuration.logLevel)
    }

    private static func destination(_ path: String?) -> LogWriter.Destination {
        path.map(LogWriter.Destination.file) ?? .standardError
    }

    /// Lets the user that the process becomes open the file anew.
    func give(to owner: Identity) { writer.give(to: owner) }

    /// Writes what it still holds, at the end of the process.
    func end() { writer.flush(within: .seconds(1)) }
}
