/// Every maximum of the wire format, with its reason. Both sides enforce them.
public enum FormatLimits {
    /// Bytes of a header; fixed for all versions.
    public static let headerBytes = 16
    /// Bytes of a payload: a tunnel with five byte strings of ``heldBytes`` takes 965 KiB, and 253
    /// of the longest names take 254 KiB.
    public static let payloadBytes = 1 << 20
    /// Descriptors of one message: Linux takes no more (SCM_MAX_FD).
    public static let descriptorsPerMessage = 253
    /// Bytes of a name. The longest address is a Unix path of 108 bytes; the rest is room for
    /// options behind it.
    public static let nameBytes = 1024
    /// Bytes of a reason or of a program's name: a line that an operator can read.
    public static let textBytes = 1024
    /// Bytes of each byte string that moves with a connection: what was read from a client, say. A
    /// buffer of a proxied connection holds 128 KiB and what the last read brought.
    public static let heldBytes = 192 * 1024
    /// Sockets of one hand-over: the number of ports; more is a peer gone wrong.
    public static let sockets = 65_536
    /// Connections that may be on their way without an acknowledgement. So the acknowledgements
    /// always fit into a socket's buffer, and the two sides can't wait for each other.
    public static let unacknowledged = 64
}
