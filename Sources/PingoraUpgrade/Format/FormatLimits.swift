/// Every maximum of the wire format, with its reason. Both sides enforce them.
public enum FormatLimits {
    /// Bytes of a header; fixed for all versions.
    public static let headerBytes = 16
    /// Bytes of a payload: 253 of the longest names take 254 KiB; the rest is room for batches of
    /// connections with what was read from them.
    public static let payloadBytes = 1 << 20
    /// Descriptors of one message: Linux takes no more (SCM_MAX_FD).
    public static let descriptorsPerMessage = 253
    /// Bytes of a name. The longest address is a Unix path of 108 bytes; the rest is room for
    /// options behind it.
    public static let nameBytes = 1024
    /// Bytes of a reason or of a program's name: a line that an operator can read.
    public static let textBytes = 1024
    /// Sockets of one hand-over: the number of ports; more is a peer gone wrong.
    public static let sockets = 65_536
}
