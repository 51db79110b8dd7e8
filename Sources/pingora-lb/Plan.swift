import PingoraCore
import PingoraGateway

/// `pingora-lb plan`: what a reload would change in the process that runs.
struct Plan {
    /// Under which name a process shows the text of its configuration as it was last read.
    static let latestName = "pingora-configuration"
    /// And as it was when the process started, which decides what no reload applies.
    static let startName = "pingora-start-configuration"
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
        let difference = ConfigurationDifference(
            from: try running(Plan.latestName, of: process),
            startedWith: try running(Plan.startName, of: process), to: configuration)
        return "\(DifferenceText(difference, isColoured: Terminal.isColoured))\n"
    }

    private func running(
        _ name: String, of process: Int32
    ) throws -> GatewayConfiguration {
        let text = try PublishedText.text(
            named: name, ofProcess: process, limit: Plan.longestText)
        guard let text else {
            throw StartError(
                """
                process \(process) shows no configuration: it runs without a file, or as somebody \
                else
                """)
        }
        // What runs has its servers and certificates, whatever has become of their files since.
        return try options.configuration(
            ofText: text, in: "process \(process)", finds: false)
    }
}
