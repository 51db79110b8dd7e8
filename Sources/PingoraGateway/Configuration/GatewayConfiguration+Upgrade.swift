public import PingoraCore

extension GatewayConfiguration {
    /// How a process is replaced by its successor: how long each part may take, and what the
    /// successor has to answer before the old process stops.
    public struct Upgrade: Hashable, Sendable {
        /// How long each process waits for the other one to come.
        public var wait = TimeLimit.seconds(10)
        /// How long the new process may read its configuration and bind.
        public var preparation = TimeLimit.seconds(60)
        /// How long all requests of the probes may take together.
        public var probation = TimeLimit.seconds(30)
        /// Requests in all; the probes take turns.
        public var probeRequests = 100
        /// What is asked; empty: what is built in.
        public var probes: [Probe] = []

        /// The defaults.
        public init() {}
    }

    /// A request to the new process, and what it has to be answered with.
    public struct Probe: Hashable, Sendable {
        /// The target in the request line, from `/`.
        public var path: String
        /// What Host says.
        public var host: String
        /// GET or HEAD.
        public var method: String
        /// The status codes that are well: any in one of these ranges.
        public var statuses: [ClosedRange<Int>]

        /// A probe.
        public init(
            path: String, host: String, method: String = "GET",
            statuses: [ClosedRange<Int>] = [200...399]
        ) {
            self.path = path
            self.host = host
            self.method = method
            self.statuses = statuses
        }
    }
}
