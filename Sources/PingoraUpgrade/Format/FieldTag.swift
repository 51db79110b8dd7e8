/// The number of a field in a payload. The highest bit says that a reader which does not know the
/// field must refuse the message; without it the field is skipped.
enum FieldTag {
    static let criticalBit: UInt16 = 0x8000

    static let lowestVersion: UInt16 = 1
    static let highestVersion: UInt16 = 2
    static let processID: UInt16 = 3
    static let role: UInt16 = 4
    static let program: UInt16 = 5
    static let name: UInt16 = 6
    static let count: UInt16 = 7
    static let reason: UInt16 = 8
    static let peer: UInt16 = 9
    static let clientInput: UInt16 = 10
    static let clientOutput: UInt16 = 11
    static let serverInput: UInt16 = 12
    static let serverOutput: UInt16 = 13
    static let requestCount: UInt16 = 14
    static let idle: UInt16 = 15
    static let upstream: UInt16 = 16
    static let request: UInt16 = 17
    static let status: UInt16 = 18
    static let elapsed: UInt16 = 19
    static let tries: UInt16 = 20
    static let uploaded: UInt16 = 21
    static let downloaded: UInt16 = 22
    static let ended: UInt16 = 23
    static let relay: UInt16 = 24
    static let listener: UInt16 = 25
    static let secrets: UInt16 = 26

    /// Bytes before a field's value: its tag and its length.
    static let headerBytes = 6
}
