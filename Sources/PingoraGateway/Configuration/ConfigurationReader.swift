import PingoraConfig
import PingoraCore
import PingoraHTTP
import PingoraProxy

/// Reads the tree of a file into a configuration: each section in a function of its own. What is
/// wrong is reported and leaves the default in place.
struct ConfigurationReader {
    var configuration = GatewayConfiguration()
    /// What the command line gives, so that the file may lack it.
    let supplied: Set<GatewayConfiguration.Part>
    /// The names of the file's upstreams in their order, also of those with problems, so that a
    /// route to one of these is not reported as well.
    var upstreamNames: [String] = []
    /// The index of each of them.
    var upstreamIndices: [String: Int] = [:]

    /// Whether sources of servers are asked and files of TLS read, or only their names.
    let finds: Bool
    /// What they are asked for, with the group's name and the place in the file.
    var questions: [(String, GatewayConfiguration.Discovery, ConfigurationValue)] = []

    /// What TLS needs files for.
    var secureSections: [SecureSection] = []

    init(supplied: Set<GatewayConfiguration.Part> = [], finds: Bool = false) {
        self.supplied = supplied
        self.finds = finds
    }

    mutating func read(_ root: ConfigurationValue) {
        root.section { section in
            readProcess(&section)
            section["upgrade"]?.section { readUpgrade(&$0) }
            readLogs(&section)
            readListeners(&section)
            readUpstreams(&section)
            readRoutes(&section)
            section["timeouts"]?.section { readTimeouts(&$0) }
            section["limits"]?.section { readLimits(&$0) }
            readForwarded(&section)
            // Anything goes below this key: it is for the programs around this one.
            _ = section["extensions"]
            ForeignKeys.refuse(in: &section)
        }
        findServers()
        if finds { checkSecureSections() }
    }

    private mutating func readLogs(_ section: inout ConfigurationSection) {
        section["error_log"]?.text("a path").assign(to: &configuration.errorLog)
        if let name = section["access_log"]?.text("a path, stdout, stderr or off") {
            configuration.accessLog = LogWriter.Destination(named: name)
        }
        section["log_level"]?.choice(of: [
            "error": .error, "warning": .warning, "info": .info, "debug": .debug,
        ]).assign(to: &configuration.logLevel)
    }

    private mutating func readForwarded(_ section: inout ConfigurationSection) {
        let choices: KeyValuePairs<String, ForwardedFields.Trust?> = [
            "overwrite": .overwrite, "append": .append, "off": nil,
        ]
        if let choice = section["forwarded"]?.choice(of: choices) {
            configuration.forwarded = choice
        }
    }
}

extension Optional {
    /// Puts the value in place of the default, if there is one.
    func assign(to target: inout Wrapped) {
        if let self { target = self }
    }

    /// Puts the value in place of the default, if there is one.
    func assign(to target: inout Wrapped?) {
        if let self { target = self }
    }
}
