/// The head of a response: status line and fields.
public struct ResponseHead: Sendable {
    public var status: StatusCode = .ok
    public var version: Version = .http11
    public var fields = Fields()
    /// The reason phrase as it came; empty for the customary one.
    var reasonBytes: [UInt8] = []

    /// `HTTP/1.1 200 OK` without fields.
    public init() {}

    /// A head with the given status, without fields.
    public init(status: StatusCode) {
        self.status = status
    }

    /// The reason phrase. Makes a string.
    public var reason: String {
        reasonBytes.isEmpty
            ? status.reason.description : String(decoding: reasonBytes, as: UTF8.self)
    }

    /// Becomes a copy of `other`, keeping its own storage.
    public mutating func copy(from other: borrowing ResponseHead) {
        status = other.status
        version = other.version
        reasonBytes.assign(other.reasonBytes)
        fields.copy(from: other.fields)
    }
}
