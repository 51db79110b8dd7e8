package import PingoraCore
package import PingoraHTTP

/// Why a request of ours got no answer.
package enum HTTPExchangeError: Error, Hashable, CustomStringConvertible {
    /// A part of an answer.
    package enum Part: String, Sendable {
        case head, body
    }

    /// The deadline came first.
    case timedOut
    /// What the kernel said of the connection.
    case system(SystemError)
    /// The connection could not be made secure.
    case transport(TransportError)
    /// The request can't be written.
    case request(SerializationError)
    /// The answer is no HTTP/1.
    case malformed(ParseError)
    /// The server ended the connection before the end of this part.
    case closedEarly(in: Part)
    /// One 1xx followed the other.
    case tooManyInterims(limit: Int)

    init(_ error: ConnectError) {
        switch error {
        case .timedOut: self = .timedOut
        case .failed(let error): self = .system(error)
        }
    }

    init(_ error: ConnectionError) {
        switch error {
        case .timedOut: self = .timedOut
        case .failed(let error): self = .system(error)
        }
    }

    init(_ error: TransportError) {
        switch error {
        case .timedOut: self = .timedOut
        default: self = .transport(error)
        }
    }

    package var description: String {
        switch self {
        case .timedOut: "no answer in time"
        case .system(let error): error.description
        case .transport(let error): error.description
        case .request(let error): "invalid request: \(error)"
        case .malformed(let error): "malformed answer: \(error)"
        case .closedEarly(let part): "connection closed before the end of the answer's \(part)"
        case .tooManyInterims(let limit): "more than \(limit) interim responses"
        }
    }
}
