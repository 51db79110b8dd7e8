import CLinux
import Glibc
import Testing

@testable import PingoraUpgrade

/// Two connected Unix stream sockets; the caller owns both numbers.
func makePair() -> (CInt, CInt) {
    var numbers: [CInt] = [-1, -1]
    let type = CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
    let result = socketpair(AF_UNIX, type, 0, &numbers)
    precondition(result == 0, "socketpair failed: \(errno)")
    return (numbers[0], numbers[1])
}

func makeChannel(_ number: CInt) throws(UpgradeError) -> UpgradeChannel {
    try UpgradeChannel(over: Descriptor(owning: number))
}

/// Waits that no test that passes comes near.
let ample = HandOverLimits()

/// Waits for tests in which nobody answers.
let brief: HandOverLimits = {
    var limits = HandOverLimits()
    limits.greeting = .milliseconds(20)
    limits.transfer = .milliseconds(20)
    limits.preparation = .milliseconds(20)
    limits.probation = .milliseconds(20)
    limits.move = .milliseconds(20)
    limits.release = .milliseconds(20)
    return limits
}()

func name(_ text: String) -> SocketName {
    guard let name = try? SocketName(text) else { preconditionFailure("a name that is refused") }
    return name
}

/// Two connected sockets of which one can be told from all other descriptors of the process.
final class MarkedSocket: Sendable {
    let number: CInt
    let peer: CInt

    init() {
        (number, peer) = makePair()
    }

    deinit {
        close(number)
        close(peer)
    }

    /// How many descriptors of this process refer to it: 1 when none leaked.
    var openCount: Int {
        let own = MarkedSocket.target(of: number)
        return (0..<8192).count { MarkedSocket.target(of: CInt($0)) == own }
    }

    /// What a descriptor refers to: `socket:[4711]`; nil when it is not open.
    static func target(of number: CInt) -> String? {
        var buffer = [CChar](repeating: 0, count: 128)
        let count = readlink("/proc/self/fd/\(number)", &buffer, buffer.count)
        guard count > 0 else { return nil }
        return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// Lets this process open as many files as it may.
func raiseFileLimit() {
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    limit.rlim_cur = max(limit.rlim_cur, min(limit.rlim_max, 8192))
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
}

func writeAll(_ number: CInt, _ bytes: [UInt8]) {
    // A script works whatever kernel its thread has.
    let count = clinux_linux.send(number, bytes, bytes.count, nil, 0)
    precondition(count == bytes.count || count == -Int(EPIPE), "send: \(count)")
}

/// Reads one message as a scripted peer; nil at the end.
func readMessage(_ number: CInt, version: UInt16) -> Message? {
    var decoder = MessageDecoder()
    decoder.version = version
    while true {
        var piece = [UInt8](repeating: 0, count: decoder.missing)
        let count = recv(number, &piece, piece.count, 0)
        guard count > 0 else { return nil }
        let received = piece[..<count]
        do {
            if case .message(let message, _) = try decoder.next(received.span) {
                return message
            }
        } catch {
            return nil
        }
    }
}

/// The hexadecimal digits of bytes, and back. Spaces in `text` are for the reader.
func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { byte in
        let digits = String(byte, radix: 16)
        return digits.count == 1 ? "0\(digits)" : digits
    }.joined()
}

func bytes(hexadecimal text: String) -> [UInt8] {
    let digits = Array(text.filter { $0 != " " })
    return stride(from: 0, to: digits.count, by: 2).compactMap {
        UInt8(String(digits[$0...$0 + 1]), radix: 16)
    }
}

/// A path that no other test uses, in the directory for temporary files.
func makePath(_ name: String) -> String {
    var random = SystemRandomNumberGenerator()
    return "/tmp/pingora-\(getpid())-\(random.next() % 1_000_000)-\(name)"
}

/// A client with a value in every field.
let sampleClient: MovingClient = {
    var client = MovingClient(service: name("127.0.0.1:80"))
    client.peer = "10.0.0.1:5000"
    client.input = Array("GET / ".utf8)
    client.requestCount = 3
    client.idleMilliseconds = 1500
    return client
}()

/// A tunnel with another value in every field.
let sampleTunnel: MovingTunnel = {
    var tunnel = MovingTunnel(service: name("web"))
    tunnel.peer = "[::1]:5000"
    tunnel.upstream = "10.0.0.2:443"
    tunnel.request = Array("GET /a HTTP/1.1\r\n\r\n".utf8)
    tunnel.status = 101
    tunnel.elapsedMilliseconds = 1 << 40
    tunnel.requestCount = 4
    tunnel.tries = 2
    tunnel.uploadedBytes = .max
    tunnel.downloadedBytes = 1 << 63
    tunnel.clientInput = [1]
    tunnel.clientOutput = [2, 2]
    tunnel.serverInput = [3, 3, 3]
    tunnel.serverOutput = [0]
    tunnel.serverEnded = true
    return tunnel
}()

/// How far a request has come, with another value in every field.
let sampleRelay: MovingRelay = {
    var relay = MovingRelay()
    (relay.hasResponse, relay.isPersistent) = (true, true)
    relay.clientReading = MovingRelay.Place(.length, left: 5)
    relay.serverWriting = MovingRelay.Place(.chunkData)
    relay.serverReading = MovingRelay.Place(.chunkData, left: 1 << 40)
    relay.clientWriting = MovingRelay.Place(.untilClose)
    (relay.uploadReady, relay.downloadReady) = (1, 2)
    relay.firstByteMilliseconds = 60_000
    relay.readMilliseconds = 30_000
    relay.writeMilliseconds = .max
    return relay
}()

/// A request whose answer is on its way.
let sampleRequest: MovingTunnel = {
    var request = MovingTunnel(service: name("web"))
    request.request = Array("GET / HTTP/1.1\r\n\r\n".utf8)
    (request.status, request.requestCount, request.tries) = (200, 1, 1)
    request.relay = sampleRelay
    return request
}()

/// A tunnel of which every field is as long as it may be, but for `beyond` more bytes in one.
func longestTunnel(beyond: Int = 0) throws -> MovingTunnel {
    let held = [UInt8](repeating: 0x61, count: FormatLimits.heldBytes)
    let text = String(repeating: "t", count: FormatLimits.textBytes)
    var tunnel = sampleTunnel
    tunnel.service = try SocketName(String(repeating: "n", count: FormatLimits.nameBytes))
    (tunnel.peer, tunnel.listener, tunnel.upstream) = (text, text, text)
    (tunnel.request, tunnel.clientInput, tunnel.clientOutput) = (held, held, held)
    (tunnel.serverInput, tunnel.serverOutput) = (held, held)
    tunnel.serverOutput = [UInt8](repeating: 0x62, count: FormatLimits.heldBytes + beyond)
    return tunnel
}
