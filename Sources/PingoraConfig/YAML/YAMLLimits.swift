/// What a configuration file may cost. Each is far above any configuration that people write.
public enum YAMLLimits {
    /// Bytes of a file: tens of thousands of servers.
    public static let bytes = 1024 * 1024
    /// Mappings and lists within each other.
    public static let depth = 32
    /// Keys, values, lists and mappings of a file: each costs some hundred bytes of memory.
    public static let nodes = 200_000
}
