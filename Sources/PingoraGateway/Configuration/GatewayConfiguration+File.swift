public import PingoraConfig

extension GatewayConfiguration {
    /// What the command line can give instead of the file.
    public enum Part: Sendable {
        case listeners
        case upstreams
    }

    /// Reads a YAML file as docs/CONFIGURATION.md describes it.
    ///
    /// - Parameters:
    ///   - file: its path, which problems are reported with.
    ///   - supplied: what the file may lack.
    /// - Throws: `ConfigurationError` with every problem of the file.
    public init(file: String, supplied: Set<Part> = []) throws(ConfigurationError) {
        try self.init(text: ConfigurationText.read(file: file), of: file, supplied: supplied)
    }

    /// Reads the text of a YAML file, which problems are reported with.
    ///
    /// - Parameter finds: whether what the text names is looked at: sources of servers, files of
    ///   certificates.
    /// - Throws: `ConfigurationError` with every problem of the text.
    package init(
        text: [UInt8], of file: String, supplied: Set<Part> = [], finds: Bool = true
    ) throws(ConfigurationError) {
        let problems = ProblemList()
        self.init(parsing: text, supplied: supplied, finds: finds, problems: problems)
        guard problems.isEmpty else { throw .invalid(file: file, problems.inOrder) }
    }

    /// Reads the text of a YAML file. Where it adds to `problems`, the result is not fit for use.
    ///
    /// - Parameter finds: whether what it names is looked at, too.
    init(
        parsing text: [UInt8], supplied: Set<Part> = [], finds: Bool = false,
        problems: ProblemList
    ) {
        var reader = ConfigurationReader(supplied: supplied, finds: finds)
        if let root = ConfigurationValue(parsing: text, problems: problems) { reader.read(root) }
        self = reader.configuration
    }
}
