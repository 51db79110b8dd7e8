import PingoraCore
import PingoraGateway

/// `pingora-lb plan`: what a reload would change in the process that runs.
struct Plan {
    /// Under which name a process shows the text of its configuration.
    static let publishedName = "pingora-configuration"
    /// More than any file that is accepted.
    private static let longestText = 2 * 1024 * 1024

    private let options: CommandLineOptions

    init(_ options: CommandLineOptions) {
        self.options = options
    }

    /// The difference between what runs and `configuration`, whose pid file says which process that
    /// is. Flags count for both.
    ///
    /// - Throws: `StartError` if nothing runs, `ConfigurationError` if its configuration can't be
    ///   read.
    func text(to configuration: GatewayConfiguration) throws -> String {
        guard let path = configuration.pidFile else {
            throw StartError("plan finds the running process by pid_file, which is not given")
        }
        guard let process = PidFile.runningProcess(path) else {
            throw StartError("nothing to compare with: no running process holds \(path)")
        }
        let text = try PublishedText.text(
            named: Plan.publishedName, ofProcess: process, limit: Plan.longestText)
        guard let text else {
            throw StartError(
                """
                process \(process) shows no configuration: it runs without a file, or as somebody \
                else
                """)
        }
        let running = try options.configuration(ofText: text, in: "process \(process)")
        let difference = ConfigurationDifference(from: running, to: configuration)
        return "\(DifferenceText(difference, isColoured: Terminal.isColoured))\n"
    }
}
