/// Bytes as text.
enum Hexadecimal {
    /// Two lower-case digits a byte.
    static func text(of bytes: some Sequence<UInt8>) -> String {
        bytes.reduce(into: "") { text, byte in
            if byte < 16 { text += "0" }
            text += String(byte, radix: 16)
        }
    }
}
