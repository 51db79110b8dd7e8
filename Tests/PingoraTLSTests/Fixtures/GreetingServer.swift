import CLinux
import Glibc
import TestSupport

@testable import PingoraCore
@testable import PingoraTLS

/// Answers every request over TLS with what the handshake agreed on, on a loop in its own thread.
final class GreetingServer: Sendable {
    private let loop: EventLoop
    let address: SocketAddress

    init(_ context: TLSServerContext) throws {
        let loop = try EventLoop()
        self.loop = loop
        let listener = Unchecked(try Listener(binding: .ipv4(0x7f00_0001, port: 0)))
        address = listener.value.address
        LoopThread.start(named: "greeting server") { loop.run() }
        loop.execute {
            let acceptor = try? Acceptor(listener.value, on: loop, among: [loop]) {
                number, peer, loop in
                guard
                    let client = try? Connection(
                        FileDescriptor(owning: number), peer: peer, on: loop)
                else { return }
                loop.spawn { await GreetingServer.serve(client, context) }
            }
            _ = acceptor
        }
    }

    deinit { loop.stop() }

    var port: UInt16 { address.port }

    private static func serve(_ client: Connection, _ context: TLSServerContext) async {
        let deadline = client.loop.now.advanced(by: .seconds(10))
        defer { client.close() }
        guard (try? await context.secure(client, until: deadline)) != nil,
            let details = client.transport?.details
        else { return }
        while let count = try? await client.read(until: deadline), count > 0 {
            guard client.input.copy.contains(10) else { continue }
            client.input.removeAll()
            let text =
                "\(details.version) \(details.applicationProtocol ?? "-") "
                + "\(details.serverName ?? "-") \(details.isResumed ? "resumed" : "new")\n"
            let answer = "HTTP/1.1 200 OK\r\nContent-Length: \(text.utf8.count)\r\n\r\n\(text)"
            client.loop.buffers.provide(&client.output)
            let bytes = Array(answer.utf8)
            client.output.append(bytes.span)
            guard (try? await client.flush(until: deadline)) != nil else { return }
        }
    }
}
