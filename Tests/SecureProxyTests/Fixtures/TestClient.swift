import TLSFixtures

@testable import PingoraCore

/// A client that a test leads step by step, over TLS or plain.
final class TestClient {
    let test: TestLoop
    let connection: Connection

    /// How the stream came to its end.
    enum Ending: Equatable {
        /// Where nothing was cut off.
        case announced
        case cut
    }

    /// Connects, and shakes hands where there is a layer.
    init(
        _ test: TestLoop, to address: SocketAddress, _ layer: (any TransportLayer)? = nil
    ) throws {
        self.test = test
        connection = try test.run {
            let connection = try await Connector.connect(
                to: address, from: nil, on: test.loop, owner: nil, deadline: test.deadline)
            if let layer {
                do {
                    try await layer.secure(connection, until: test.deadline)
                } catch {
                    connection.close()
                    throw error
                }
            }
            return connection
        }
    }

    deinit { connection.close() }

    func send(_ text: String) throws { try send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) throws {
        try test.run { [self] in try await connection.sendAll(bytes, until: test.deadline) }
    }

    /// The next response: its head and its body, which has a Content-Length or none.
    func response() throws -> (head: String, body: String) {
        try test.run { [self] in
            let head = try await connection.readHead(until: test.deadline)
            let bytes = try await connection.readBytes(head.contentLength, until: test.deadline)
            return (head, String(decoding: bytes, as: UTF8.self))
        }
    }

    /// Sends a request without a body; returns the response.
    func get(
        _ target: String, _ fields: String = ""
    ) throws -> (head: String, body: String) {
        try send("GET \(target) HTTP/1.1\r\nHost: app.test\r\n\(fields)\r\n")
        return try response()
    }

    /// All that comes, and how it ends.
    func rest() throws -> (text: String, ending: Ending) {
        try test.run { [self] in
            var bytes: [UInt8] = []
            while true {
                do {
                    guard try await connection.read(until: test.deadline) > 0 else {
                        return (String(decoding: bytes, as: UTF8.self), .announced)
                    }
                } catch ConnectionError.failed {
                    bytes += connection.takeInput()
                    return (String(decoding: bytes, as: UTF8.self), .cut)
                }
                bytes += connection.takeInput()
            }
        }
    }
}

extension Connection {
    /// Takes what has been received out of the input.
    func takeInput() -> [UInt8] {
        let bytes = input.copy
        input.removeAll()
        return bytes
    }

    func sendAll(_ bytes: [UInt8], until deadline: MonotonicTime) async throws {
        var start = 0
        while start < bytes.count {
            switch send(followedBy: bytes.span.extracting(start...)) {
            case .bytes(let count): start += count
            case .failed(let error): throw error
            case .wouldBlock:
                guard await waitOnTask(until: deadline) else { throw FixtureError("send") }
            }
        }
    }

    /// The next head, with the empty line behind it.
    func readHead(until deadline: MonotonicTime) async throws -> String {
        let end: [UInt8] = [13, 10, 13, 10]
        while true {
            let bytes = input.copy
            if let range = bytes.firstRange(of: end) {
                input.consume(range.upperBound)
                return String(decoding: bytes[..<range.upperBound], as: UTF8.self)
            }
            guard try await read(until: deadline) > 0 else { throw FixtureError("no head") }
        }
    }

    func readBytes(_ count: Int, until deadline: MonotonicTime) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        while bytes.count < count {
            if input.isEmpty, try await read(until: deadline) == 0 { throw FixtureError("body") }
            let piece = input.copy.prefix(count - bytes.count)
            bytes += piece
            input.consume(piece.count)
        }
        return bytes
    }
}

extension String {
    /// What a head's Content-Length says; 0 without one.
    var contentLength: Int {
        for line in lowercased().split(separator: "\r\n") where line.hasPrefix("content-length:") {
            return Int(line.drop { $0 != " " }.dropFirst()) ?? 0
        }
        return 0
    }
}
