import PingoraCore

/// Ending a client connection so that the last response arrives.
extension Session {
    /// What a client may still send before we stop listening: more is an attack, not a delay.
    private static let lingerBytes = 256 * 1024
    /// How long a client may take to notice.
    private static let lingerTime = TimeLimit.seconds(2)

    /// Closes the connection.
    ///
    /// Closing a socket with unread bytes makes the kernel send a reset, which can destroy a
    /// response that the client has not read yet (RFC 9112 §9.6). Where the client is still
    /// sending, we end our side, read for a bounded time and throw it away.
    func close() async {
        guard client.isOpen else { return }
        guard mustLinger || client.hasNews || !client.input.isEmpty else { return client.close() }
        client.finishSending()
        let deadline = client.loop.now.advanced(by: Session.lingerTime)
        var dropped = 0
        while dropped < Session.lingerBytes {
            client.input.removeAll()
            guard let count = try? await client.read(until: deadline), count > 0 else { break }
            dropped += count
        }
        client.close()
    }
}
