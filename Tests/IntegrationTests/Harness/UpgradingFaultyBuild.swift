import Foundation

/// `FaultySuccessor`, as it was built beside this test: a build of a proxy that is no good.
enum UpgradingFaultyBuild: String {
    /// Its 50th request ends it.
    case crash
    /// It answers everything with 502.
    case badGateway = "502"
    /// Its loops stand still with the first request.
    case hang

    /// Starts it as the successor of `service`.
    func start(for service: UpgradingService) throws -> ChildProcess {
        // Without the link there is no executable, and the start says so.
        let bundle = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let folder = URL(filePath: bundle ?? "").deletingLastPathComponent().path
        let process = try ChildProcess(
            folder + "/FaultySuccessor",
            [service.upgradeSocket, "127.0.0.1:\(service.port)", rawValue],
            in: TemporaryDirectory())
        try process.waitForEvent("waiting_for_predecessor")
        return process
    }
}
