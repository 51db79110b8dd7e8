@testable import PingoraCore

/// What connections hold in buffers between two turns of their loop, and whether they may.
///
/// 1. Every buffer has one of the two sizes of the pool.
/// 2. Whom no task serves has none: an idle client, a pooled server.
/// 3. A buffer without bytes has no storage: who only waits needs none. But while a client is slow
///    to take an interim response, its server may keep one.
/// 4. A client and its server together hold one large and one small buffer each way at most: a body
///    is received into the one and framed in the other. Heads beyond 16 KiB, which a simulation has
///    none of, could take more.
struct HeldMemory {
    /// What a client and its server may hold together.
    static let mostOfPair = 2 * (BufferPool.largeCapacity + BufferPool.smallCapacity)

    private(set) var violations: [String] = []

    /// Looks at all connections of `loop`.
    mutating func check(_ loop: EventLoop) {
        // One is enough to fail a run, and what is wrong once is mostly wrong in each turn.
        guard violations.isEmpty else { return }
        for connection in loop.connections {
            if let violation = violation(of: connection) { violations.append(violation) }
        }
    }

    private func violation(of connection: Connection) -> String? {
        let (input, output) = (connection.input.capacity, connection.output.capacity)
        guard HeldMemory.sizes.contains(input), HeldMemory.sizes.contains(output) else {
            return "buffers of \(input) and \(output) bytes"
        }
        guard connection.keeper == nil || input + output == 0 else {
            return "an idle connection holds \(input + output) bytes"
        }
        let client = connection.taskOwner ?? connection
        if client.output.isEmpty, !HeldMemory.usesAll(connection) {
            return "a connection that waits holds a buffer without bytes"
        }
        let held = client === connection ? 0 : client.input.capacity + client.output.capacity
        return held + input + output <= HeldMemory.mostOfPair
            ? nil : "a client and its server hold \(held + input + output) bytes"
    }

    private static let sizes = [0, BufferPool.smallCapacity, BufferPool.largeCapacity]

    private static func usesAll(_ connection: Connection) -> Bool {
        (connection.input.capacity == 0 || !connection.input.isEmpty)
            && (connection.output.capacity == 0 || !connection.output.isEmpty)
    }
}
