import Glibc

/// What must hold for any bytes. Each has a libFuzzer target in `Fuzz/Targets`, a corpus in
/// `Fuzz/Corpus`, and is tested with that corpus by `make test`.
public enum Property: String, CaseIterable, Sendable {
    case requestHead = "request-head"
    case responseHead = "response-head"
    case chunkedBody = "chunked-body"
    case fields
    case framing
    case split
    case roundTrip = "round-trip"

    /// What is wrong with what PingoraHTTP makes of `input`; nil if the property holds.
    public func violation(_ input: [UInt8]) -> String? {
        do throws(Violation) {
            switch self {
            case .requestHead: try checkRequestHead(input)
            case .responseHead: try checkResponseHead(input)
            case .chunkedBody: try checkChunkedBody(input)
            case .fields: try checkFields(input)
            case .framing: try checkFraming(input)
            case .split: try checkSplit(input)
            case .roundTrip: try checkRoundTrip(input)
            }
            return nil
        } catch {
            return error.message
        }
    }

    /// As ``violation(_:)``, for libFuzzer: ends the process where the property does not hold.
    public static func fuzz(_ property: Property, _ bytes: UnsafePointer<UInt8>?, _ count: Int) {
        fuzz(property.rawValue, bytes, count) { property.violation($0) }
    }

    /// The same for a property of another module, by its name and by what is wrong with an input.
    public static func fuzz(
        _ name: String, _ bytes: UnsafePointer<UInt8>?, _ count: Int,
        _ violation: ([UInt8]) -> String?
    ) {
        let input = Array(UnsafeBufferPointer(start: bytes, count: count))
        guard let violation = violation(input) else { return }
        // An optimised build leaves the message of a precondition out.
        let message = Array("\(name): \(violation)\n".utf8)
        _ = write(STDERR_FILENO, message, message.count)
        preconditionFailure("a property does not hold")
    }
}

/// A property that does not hold.
struct Violation: Error {
    let message: String
}

/// Throws unless `condition` is true.
func require(
    _ condition: Bool, _ message: @autoclosure () -> String
) throws(Violation) {
    guard condition else { throw Violation(message: message()) }
}
