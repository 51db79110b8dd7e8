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

    /// Bytes before a field's value: its tag and its length.
    static let headerBytes = 6
}
