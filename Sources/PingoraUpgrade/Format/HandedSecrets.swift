/// What a successor must know and nobody else may: the keys of session tickets, say. This module
/// does not look into it, and no log shows it.
public struct HandedSecrets: Hashable, Sendable, CustomStringConvertible,
    CustomDebugStringConvertible, CustomReflectable
{
    /// The bytes, at most ``FormatLimits/heldBytes``; empty where there is nothing to tell.
    public let bytes: [UInt8]

    /// Secrets; what is longer than a message can hold is left out.
    public init(_ bytes: [UInt8] = []) {
        self.bytes = bytes.count <= FormatLimits.heldBytes ? bytes : []
    }

    public var description: String { "\(bytes.count) secret bytes" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
