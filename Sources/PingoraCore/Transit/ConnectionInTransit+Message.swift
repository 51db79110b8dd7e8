import PingoraUpgrade

/// Connections in transit as they stand in the protocol (docs/UPGRADE_PROTOCOL.md).
extension ConnectionInTransit {
    /// What is sent. The sockets stay ours.
    ///
    /// - Throws: `FormatError` where the service's name is too long.
    func message() throws(FormatError) -> MovingConnection {
        let service = try SocketName(service)
        switch content {
        case .client(let client):
            return .client(
                client.message(for: service), descriptor: client.end.number)
        case .exchange(let exchange):
            return .tunnel(
                exchange.message(for: service), client: exchange.client.number,
                server: exchange.server.number)
        }
    }

    /// What came.
    init(_ arrived: consuming ArrivedConnection) {
        switch consume arrived {
        case .client(let client, let descriptor):
            self.init(
                service: "\(client.service)", .client(ClientInTransit(client, consume descriptor)))
        case .tunnel(let tunnel, let client, let server):
            self.init(
                service: "\(tunnel.service)",
                .exchange(ExchangeInTransit(tunnel, consume client, consume server)))
        }
    }
}

extension ClientInTransit {
    fileprivate func message(for service: SocketName) -> MovingClient {
        var message = MovingClient(service: service)
        message.peer = end.peer.map { "\($0)" } ?? ""
        message.listener = end.listener.map { "\($0)" } ?? ""
        message.input = end.input
        message.requestCount = UInt32(clamping: requestCount)
        message.idleMilliseconds = UInt32(clamping: idle.nanoseconds / 1_000_000)
        return message
    }

    fileprivate init(_ message: MovingClient, _ socket: consuming Descriptor) {
        self.init(
            end: EndInTransit(
                socket, peer: message.peer, listener: message.listener, input: message.input,
                output: []),
            requestCount: Int(message.requestCount),
            idle: TimeLimit(nanoseconds: Int64(message.idleMilliseconds) * 1_000_000))
    }
}

extension ExchangeInTransit {
    fileprivate func message(for service: SocketName) -> MovingTunnel {
        var message = MovingTunnel(service: service)
        message.peer = client.peer.map { "\($0)" } ?? ""
        message.listener = client.listener.map { "\($0)" } ?? ""
        message.upstream = server.peer.map { "\($0)" } ?? ""
        message.request = request
        message.status = UInt16(clamping: status)
        message.elapsedMilliseconds = UInt64(clamping: elapsed.nanoseconds / 1_000_000)
        message.requestCount = UInt32(clamping: requestCount)
        message.tries = UInt32(clamping: tries)
        message.uploadedBytes = UInt64(clamping: uploadedBytes)
        message.downloadedBytes = UInt64(clamping: downloadedBytes)
        (message.clientInput, message.clientOutput) = (client.input, client.output)
        (message.serverInput, message.serverOutput) = (server.input, server.output)
        (message.clientEnded, message.serverEnded) = (hasClientEnded, hasServerEnded)
        message.relay = relay.map(\.message)
        return message
    }

    fileprivate init(
        _ message: MovingTunnel, _ client: consuming Descriptor, _ server: consuming Descriptor
    ) {
        self.init(
            client: EndInTransit(
                client, peer: message.peer, listener: message.listener,
                input: message.clientInput, output: message.clientOutput),
            server: EndInTransit(
                server, peer: message.upstream, listener: "", input: message.serverInput,
                output: message.serverOutput),
            request: message.request, status: Int(message.status))
        (hasClientEnded, hasServerEnded) = (message.clientEnded, message.serverEnded)
        (requestCount, tries) = (Int(message.requestCount), Int(message.tries))
        // A year is beyond any tunnel, and keeps the product from overflowing.
        let milliseconds = min(message.elapsedMilliseconds, 31_536_000_000)
        elapsed = TimeLimit(nanoseconds: Int64(milliseconds) * 1_000_000)
        // An exbibyte is, too, and more can be counted on top of it.
        uploadedBytes = Int(clamping: min(message.uploadedBytes, 1 << 60))
        downloadedBytes = Int(clamping: min(message.downloadedBytes, 1 << 60))
        relay = message.relay.map(RelayInTransit.init)
    }
}

extension EndInTransit {
    fileprivate convenience init(
        _ socket: consuming Descriptor, peer: String, listener: String, input: [UInt8],
        output: [UInt8]
    ) {
        self.init(
            FileDescriptor(owning: socket.release()), peer: SocketAddress(peer),
            listener: SocketAddress(listener), input: input, output: output)
    }
}
