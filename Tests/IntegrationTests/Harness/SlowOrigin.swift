/// An origin whose responses come in two halves: the second one when the test says so.
final class SlowOrigin {
    let origin: ScriptedOrigin
    private let gate: Gate

    /// The whole body.
    static let body = Pattern.bytes(100_000)

    /// - Parameter headAtOnce: whether the head and a first half come before the gate opens.
    ///
    /// A request for `/quick` is answered at once.
    init(headAtOnce: Bool = true) throws {
        let gate = Gate()
        self.gate = gate
        origin = try ScriptedOrigin { connection in
            while let request = try connection.nextRequest() {
                guard request.target != "/quick" else {
                    try connection.answer(request)
                    continue
                }
                let head = "HTTP/1.1 200 OK\r\nContent-Length: \(SlowOrigin.body.count)\r\n\r\n"
                let answer = Array(head.utf8) + SlowOrigin.body
                let first = headAtOnce ? answer.count / 2 : 0
                try connection.wire.send(Array(answer[..<first]))
                gate.wait()
                try connection.wire.send(Array(answer[first...]))
            }
        }
    }

    var port: UInt16 { origin.port }

    func finish() { gate.open() }
}
