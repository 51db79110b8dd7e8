@testable import PingoraUpgrade

/// What must hold for any bytes that a peer sends. `make test` checks it with the inputs in
/// `Fuzz/`, and `scripts/fuzz` with those that libFuzzer makes (Fuzz/Targets/UpgradeMessage.swift).
///
/// 1. Nothing traps, and no more is kept than the limits allow and than came.
/// 2. The outcome is the same however the bytes are cut.
/// 3. A message that was read and is written is read as the same.
enum MessageProperty {
    /// What came of some bytes.
    private struct Outcome: Equatable {
        var messages: [Message] = []
        var error: FormatError?
    }

    private struct Violation: Error {
        let message: String
    }

    /// What is wrong with what becomes of `input`; nil if the property holds.
    ///
    /// The lowest bit of the first byte is the version that both sides agreed on, the others say
    /// into how large pieces the rest is cut.
    static func violation(_ input: [UInt8]) -> String? {
        guard let first = input.first else { return nil }
        let (version, size) = (UInt16(first & 1), Int(first >> 1) + 1)
        let bytes = Array(input.dropFirst())
        do throws(Violation) {
            let whole = try outcome(of: bytes, version: version, size: max(1, bytes.count))
            let cut = try outcome(of: bytes, version: version, size: size)
            guard cut == whole else {
                throw Violation(message: "in pieces of \(size): \(cut), whole: \(whole)")
            }
            for message in whole.messages { try checkWritten(message, version: version) }
            return nil
        } catch {
            return error.message
        }
    }

    private static func outcome(
        of bytes: [UInt8], version: UInt16, size: Int
    ) throws(Violation) -> Outcome {
        var (outcome, decoder) = (Outcome(), MessageDecoder())
        decoder.version = version
        for start in stride(from: 0, to: bytes.count, by: size) {
            var rest = bytes[start..<min(start + size, bytes.count)]
            while !rest.isEmpty {
                do throws(FormatError) {
                    switch try decoder.next(rest.span) {
                    case .needsMore: rest = []
                    case .message(let message, let consumed):
                        outcome.messages.append(message)
                        rest = rest.dropFirst(consumed)
                    }
                } catch {
                    outcome.error = error
                }
                try check(decoder, came: start + size)
                // A broken stream stays broken: what follows is not looked at.
                if outcome.error != nil { return outcome }
            }
        }
        return outcome
    }

    private static func check(_ decoder: MessageDecoder, came: Int) throws(Violation) {
        let most = FormatLimits.headerBytes + FormatLimits.payloadBytes
        let (buffered, missing) = (decoder.buffered, decoder.missing)
        guard buffered <= came, missing > 0, buffered + missing <= most else {
            throw Violation(message: "\(buffered) bytes kept of \(came), \(missing) missing")
        }
    }

    private static func checkWritten(
        _ message: Message, version: UInt16
    ) throws(Violation) {
        let bytes = MessageEncoder.bytes(of: message, version: version)
        let again = try outcome(of: bytes, version: version, size: bytes.count)
        guard again == Outcome(messages: [message]) else {
            throw Violation(message: "\(message) was written and became \(again)")
        }
        guard MessageEncoder.bytes(of: message, version: version) == bytes else {
            throw Violation(message: "\(message) has two forms")
        }
    }
}
