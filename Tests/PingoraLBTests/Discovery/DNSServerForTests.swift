import CLinux
import Glibc
import Synchronization

@testable import PingoraCore

/// A DNS server on loopback, over UDP and TCP, that answers as a closure says.
final class DNSServerForTests: Sendable {
    /// Makes an answer to a query; nil for silence. A TCP connection then stays open and silent.
    typealias Answer = @Sendable (_ query: [UInt8], _ isTCP: Bool) -> [UInt8]?

    let address: SocketAddress
    private let isStopped = Atomic<Bool>(false)
    let queries = Mutex<[(type: UInt16, isTCP: Bool)]>([])

    /// Nil where no port is free for both.
    init?(ipv6: Bool = false, _ answer: @escaping Answer) {
        let family = ipv6 ? AF_INET6 : AF_INET
        let wanted: SocketAddress =
            ipv6 ? .ipv6(high: 0, low: 1, port: 0) : .ipv4(0x7f00_0001, port: 0)
        // Tests start processes meanwhile, which must not inherit them.
        let flags = CInt(SOCK_CLOEXEC.rawValue)
        let udp = socket(family, CInt(SOCK_DGRAM.rawValue) | flags, 0)
        let tcp = socket(family, CInt(SOCK_STREAM.rawValue) | flags, 0)
        guard wanted.withSockaddr({ bind(udp, $0, $1) }) == 0,
            let address = SocketAddress.read({ getsockname(udp, $0, $1) }).address,
            address.withSockaddr({ bind(tcp, $0, $1) }) == 0, listen(tcp, 8) == 0
        else {
            close(udp)
            close(tcp)
            return nil
        }
        self.address = address
        LoopThread.start(named: "dns server") { [self] in serve(udp, tcp, answer) }
    }

    func stop() { isStopped.store(true, ordering: .releasing) }

    private func serve(_ udp: CInt, _ tcp: CInt, _ answer: Answer) {
        var silent: [CInt] = []
        while !isStopped.load(ordering: .acquiring) {
            var waited = [
                pollfd(fd: udp, events: Int16(POLLIN), revents: 0),
                pollfd(fd: tcp, events: Int16(POLLIN), revents: 0),
            ]
            guard poll(&waited, 2, 20) > 0 else { continue }
            if waited[0].revents != 0 { answerDatagram(udp, answer) }
            if waited[1].revents != 0, let number = answerConnection(tcp, answer) {
                silent.append(number)
            }
        }
        for number in [udp, tcp] + silent { close(number) }
    }

    private func answerDatagram(_ udp: CInt, _ answer: Answer) {
        var query = [UInt8](repeating: 0, count: 4096)
        let (count, client) = SocketAddress.read { address, size in
            CInt(recvfrom(udp, &query, query.count, 0, address, size))
        }
        guard count > 12, let client else { return }
        guard let bytes = answered(Array(query.prefix(Int(count))), false, answer) else { return }
        _ = client.withSockaddr { sendto(udp, bytes, bytes.count, 0, $0, $1) }
    }

    /// Answers one query of one connection; returns it where it is to stay silent.
    private func answerConnection(_ tcp: CInt, _ answer: Answer) -> CInt? {
        let number = clinux_accept(tcp, nil, nil)
        _ = fcntl(number, F_SETFL, 0)
        var limit = timeval(tv_sec: 5, tv_usec: 0)
        setsockopt(number, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var query = [UInt8](repeating: 0, count: 4096)
        let count = recv(number, &query, query.count, 0)
        guard count > 14 else {
            close(number)
            return nil
        }
        guard let bytes = answered(Array(query[2..<count]), true, answer) else { return number }
        let message = [UInt8(bytes.count >> 8), UInt8(bytes.count & 255)] + bytes
        var sent = 0
        while sent < message.count {
            let rest = Array(message[sent...])
            let count = send(number, rest, rest.count, CInt(MSG_NOSIGNAL))
            guard count > 0 else { break }
            sent += count
        }
        close(number)
        return nil
    }

    private func answered(_ query: [UInt8], _ isTCP: Bool, _ answer: Answer) -> [UInt8]? {
        queries.withLock { $0.append((DNSMessageForTests.type(of: query), isTCP)) }
        return answer(query, isTCP)
    }
}
