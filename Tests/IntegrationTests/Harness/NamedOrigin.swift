import Synchronization

/// An origin that answers with its name, until its test makes it fail, go or come back.
///
/// What is asked for at `/health` is answered apart, and is not counted among its requests.
final class NamedOrigin {
    /// What it does with a request.
    enum Manner: Sendable {
        case answering
        case status(Int)
        /// Closes the connection without an answer.
        case closing
        /// Answers once the gate is open.
        case waiting(Gate)
    }

    let name: String
    let port: UInt16
    private let conduct: Conduct
    private var origin: ScriptedOrigin?

    /// Starts it on a free port, or on one that is free again.
    init(_ name: String, port: UInt16 = 0) throws {
        let conduct = Conduct(name)
        let origin = try ScriptedOrigin(port: port) { try conduct.serve($0) }
        (self.name, self.port) = (name, origin.port)
        (self.conduct, self.origin) = (conduct, origin)
    }

    /// Some with these names.
    static func named(_ names: String...) throws -> [NamedOrigin] {
        try names.map { try NamedOrigin($0) }
    }

    var address: String { "127.0.0.1:\(port)" }

    var manner: Manner {
        get { conduct.state.withLock { $0.manner } }
        set { conduct.state.withLock { $0.manner = newValue } }
    }

    /// The statuses at `/health`, one after the other and then from the first one on again.
    var health: [Int] {
        get { conduct.state.withLock { $0.health } }
        set { conduct.state.withLock { $0.health = newValue } }
    }

    /// The targets that were asked for.
    var requests: [String] { conduct.state.withLock { $0.requests } }
    /// Requests for `/health`.
    var checks: [Message] { conduct.state.withLock { $0.checks } }

    /// Refuses connections, and ends those that it has.
    func stop() {
        origin?.stop()
        origin = nil
    }

    /// Listens at the same port again.
    func start() throws {
        let conduct = conduct
        _ = eventually {
            origin = try? ScriptedOrigin(port: port) { try conduct.serve($0) }
            return origin != nil
        }
        if origin == nil { throw HarnessError("port \(port) is taken") }
    }
}

/// What an origin does, shared by its threads.
private final class Conduct: Sendable {
    struct State {
        var manner = NamedOrigin.Manner.answering
        var health = [200]
        var requests: [String] = []
        var checks: [Message] = []
    }

    let name: String
    let state = Mutex(State())

    init(_ name: String) {
        self.name = name
    }

    func serve(_ connection: OriginConnection) throws {
        while let request = try connection.nextRequest() {
            if request.target.hasPrefix("/health") {
                let status = state.withLock { state in
                    state.checks.append(request)
                    return state.health[(state.checks.count - 1) % state.health.count]
                }
                try answer(status, "\(name) is fine", connection)
                continue
            }
            let manner = state.withLock { state in
                state.requests.append(request.target)
                return state.manner
            }
            switch manner {
            case .answering: try answer(200, name, connection)
            case .status(let status): try answer(status, name, connection)
            case .closing: return
            case .waiting(let gate):
                gate.wait()
                try answer(200, name, connection)
            }
        }
    }

    private func answer(_ status: Int, _ body: String, _ connection: OriginConnection) throws {
        try connection.wire.send(
            "HTTP/1.1 \(status) -\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
    }
}
