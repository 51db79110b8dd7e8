import Glibc
import TestSupport
import Testing

@testable import PingoraUpgrade

@Suite("Messages on the wire")
struct MessageFormatTests {
    static let hello = Hello(
        lowestVersion: 1, highestVersion: 2, processID: 4711, role: .taking, program: "lb 1")

    /// The message, its version, and its bytes: header, then one field a column.
    static let golden: [(Message, UInt16, String)] = [
        (
            .hello(hello), 0,
            "50475550 0000 0001 0000002b 0000 0000" + "8001 00000002 0001"
                + "8002 00000002 0002" + "8003 00000004 00001267" + "8004 00000001 02"
                + "0005 00000004 6c622031"
        ),
        (
            .hello(Hello(lowestVersion: 1, highestVersion: 1, processID: 1, role: .giving)), 0,
            "50475550 0000 0001 00000021 0000 0000" + "8001 00000002 0001"
                + "8002 00000002 0001" + "8003 00000004 00000001" + "8004 00000001 01"
        ),
        (.sockets([]), 1, "50475550 0001 0002 00000000 0000 0000"),
        (
            .sockets([name("127.0.0.1:80"), name("unix:/a b")]), 1,
            "50475550 0001 0002 00000021 0002 0000" + "8006 0000000c 3132372e302e302e313a3830"
                + "8006 00000009 756e69783a2f612062"
        ),
        (
            .endOfSockets(count: 2), 1,
            "50475550 0001 0003 0000000a 0000 0000 8007 00000004 00000002"
        ),
        (
            .endOfSockets(count: 2, secrets: HandedSecrets([1, 254])), 1,
            "50475550 0001 0003 00000012 0000 0000 8007 00000004 00000002 001a 00000002 01fe"
        ),
        (
            .received(count: 65536), 1,
            "50475550 0001 0004 0000000a 0000 0000 8007 00000004 00010000"
        ),
        (.serving, 1, "50475550 0001 0005 00000000 0000 0000"),
        (.released, 1, "50475550 0001 0006 00000000 0000 0000"),
        (
            .refused(reason: "no"), 0, "50475550 0000 0007 00000008 0000 0000 0008 00000002 6e6f"
        ),
        (.refused(reason: ""), 1, "50475550 0001 0007 00000006 0000 0000 0008 00000000"),
        (.ready, 1, "50475550 0001 0010 00000000 0000 0000"),
        (.probe(service: name("a")), 1, "50475550 0001 0011 00000007 0001 0000 8006 00000001 61"),
        (.approved, 1, "50475550 0001 0012 00000000 0000 0000"),
        (.client(client), 1, clientBytes),
        (
            .client(MovingClient(service: name("a"))), 1,
            "50475550 0001 0014 0000001b 0001 0000 8006 00000001 61"
                + "800e 00000004 00000000" + "800f 00000004 00000000"
        ),
        (.tunnel(sampleTunnel), 1, tunnelBytes),
        (
            .adopted(count: 65537), 1,
            "50475550 0001 0016 0000000a 0000 0000 8007 00000004 00010001"
        ),
        (.farewell, 1, "50475550 0001 0017 00000000 0000 0000"),
    ]

    static let client: MovingClient = {
        var client = MovingClient(service: name("a"))
        (client.peer, client.input) = ("b", [0, 255])
        (client.requestCount, client.idleMilliseconds) = (3, 0x0102_0304)
        return client
    }()

    private static let clientBytes =
        "50475550 0001 0014 0000002a 0001 0000 8006 00000001 61" + "8009 00000001 62"
        + "800a 00000002 00ff" + "800e 00000004 00000003" + "800f 00000004 01020304"

    private static let tunnelBytes =
        "50475550 0001 0015 000000b0 0002 0000 8006 00000003 776562"
        + "8009 0000000a 5b3a3a315d3a35303030" + "8010 0000000c 31302e302e302e323a343433"
        + "8011 00000013 474554202f6120485454502f312e310d0a0d0a" + "8012 00000002 0065"
        + "8013 00000008 0000010000000000" + "800e 00000004 00000004" + "8014 00000004 00000002"
        + "8015 00000008 ffffffffffffffff" + "8016 00000008 8000000000000000"
        + "800a 00000001 01" + "800b 00000002 0202" + "800c 00000003 030303"
        + "800d 00000001 00" + "8017 00000001 02"

    @Test("have the documented bytes", arguments: golden)
    func encodes(message: Message, version: UInt16, hex: String) {
        #expect(
            hexadecimal(MessageEncoder.bytes(of: message, version: version))
                == hex.filter { $0 != " " })
    }

    @Test("say where a client came in, in a field that may be skipped")
    func listener() throws {
        var client = sampleClient
        client.listener = "[::]:80"
        var tunnel = sampleTunnel
        tunnel.listener = "[::]:80"
        for message in [Message.client(client), .tunnel(tunnel)] {
            let bytes = MessageEncoder.bytes(of: message, version: 1)
            #expect(hexadecimal(bytes).contains("0019" + "00000007" + "5b3a3a5d3a3830"))
            #expect(decodeEveryWay(bytes, version: 1) == .messages([message]))
        }
        #expect(
            try MovingClient(MessageEncoder.bytes(of: .client(sampleClient), version: 1))
                .listener.isEmpty)
    }

    @Test("look as docs/UPGRADE_PROTOCOL.md shows them")
    func documented() throws {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let file = try #require(fopen("/\(root)/docs/UPGRADE_PROTOCOL.md", "r"))
        defer { fclose(file) }
        var page = [UInt8](repeating: 0, count: 64 * 1024)
        let count = fread(&page, 1, page.count, file)
        let text = String(decoding: page[..<count], as: UTF8.self)
        let message = Message.sockets([name("127.0.0.1:80"), name("unix:/a b")])
        #expect(text.contains(hexadecimalDump(MessageEncoder.bytes(of: message, version: 1))))
        var client = MovingClient(service: name("web"))
        (client.peer, client.input) = ("10.0.0.1:5000", Array("GET".utf8))
        (client.requestCount, client.idleMilliseconds) = (3, 2)
        let moving = MessageEncoder.bytes(of: .client(client), version: 1)
        #expect(text.contains(hexadecimalDump(moving)))
    }

    @Test("are read back in one piece, cut anywhere, and byte by byte", arguments: golden)
    func decodes(message: Message, version: UInt16, hex: String) {
        let bytes = bytes(hexadecimal: hex)
        #expect(decodeEveryWay(bytes, version: version) == .messages([message]))
        let following = MessageEncoder.bytes(of: .refused(reason: "next"), version: version)
        #expect(
            decode([bytes + following], version: version)
                == .messages([message, .refused(reason: "next")]))
    }

    @Test("are incomplete wherever they are cut off", arguments: golden)
    func truncated(message: Message, version: UInt16, hex: String) {
        let bytes = bytes(hexadecimal: hex)
        for count in bytes.indices {
            #expect(decode([Array(bytes[..<count])], version: version) == .messages([]))
        }
    }

    @Test("may have any bytes in a name")
    func names() throws {
        let names = try (0...255).map { try SocketName(bytes: [UInt8($0), 0, 0x20]) }
        let message = Message.sockets(Array(names[..<253]))
        let bytes = MessageEncoder.bytes(of: message, version: 1)
        #expect(decode([bytes], version: 1) == .messages([message]))
    }

    @Test("make what a peer says safe to log")
    func printable() throws {
        let reason = "a\nb\u{1b}[31m\u{202e}ü\0"
        let bytes = MessageEncoder.bytes(of: .refused(reason: reason), version: 1)
        let safe = #"a\nb\u{1B}[31m\u{202E}ü\0"#
        #expect(decode([bytes], version: 1) == .messages([.refused(reason: safe)]))
        #expect(try SocketName(bytes: [0x61, 0xff, 0x0a]).description == "a\u{fffd}\\n")
    }

    @Test("never trap and keep no more than announced, whatever comes")
    func garbage() {
        for seed in UInt64(0)..<4000 {
            var random = SeededGenerator(seed: seed)
            let (message, version, _) = Self.golden[Int(seed) % Self.golden.count]
            var bytes = MessageEncoder.bytes(of: message, version: version)
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let index = Int.random(in: bytes.indices, using: &random)
                switch Int.random(in: 0...3, using: &random) {
                case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: index)
                case 2: bytes.insert(UInt8.random(in: 0...255, using: &random), at: index)
                default: bytes[index] ^= 1 << UInt8.random(in: 0...7, using: &random)
                }
                if bytes.isEmpty { bytes = [0x50] }
            }
            let whole = decode([bytes], version: version)
            #expect(decode(bytes.map { [$0] }, version: version) == whole, "seed \(seed)")
            let noise = (0..<64).map { _ in UInt8.random(in: 0...255, using: &random) }
            _ = decode([noise], version: version)
            _ = decode([Array(bytes[..<min(16, bytes.count)]) + noise], version: version)
        }
    }
}

/// Bytes as `hexdump -C` prints them, without the last line.
private func hexadecimalDump(_ bytes: [UInt8]) -> String {
    stride(from: 0, to: bytes.count, by: 16).map { start in
        let line = bytes[start..<min(start + 16, bytes.count)]
        let offset = hexadecimal([UInt8(start >> 24), 0, 0, UInt8(start & 255)])
        let digits = line.enumerated().map { index, byte in
            hexadecimal([byte]) + (index == 7 ? " " : "")
        }.joined(separator: " ")
        let text = line.map { 0x20...0x7e ~= $0 ? Character(Unicode.Scalar($0)) : "." }
        let padding = String(repeating: " ", count: max(0, 50 - digits.count))
        return "\(offset)  \(digits)\(padding)|\(String(text))|"
    }.joined(separator: "\n")
}

/// What became of some bytes.
enum Decoded: Hashable {
    case messages([Message])
    case rejected(FormatError)
}

func decode(_ pieces: [[UInt8]], version: UInt16) -> Decoded {
    var decoder = MessageDecoder()
    decoder.version = version
    var messages: [Message] = []
    do {
        for piece in pieces {
            var rest = piece[...]
            while !rest.isEmpty {
                switch try decoder.next(rest.span) {
                case .needsMore: rest = []
                case .message(let message, let consumed):
                    messages.append(message)
                    rest = rest.dropFirst(consumed)
                }
            }
        }
        return .messages(messages)
    } catch {
        return .rejected(error)
    }
}

/// The outcome in one piece, having checked that it is the same cut anywhere and byte by byte.
func decodeEveryWay(
    _ bytes: [UInt8], version: UInt16, location: SourceLocation = #_sourceLocation
) -> Decoded {
    let whole = decode([bytes], version: version)
    for cut in stride(from: 0, through: bytes.count, by: max(1, bytes.count / 500)) {
        let split = decode([Array(bytes[..<cut]), Array(bytes[cut...])], version: version)
        #expect(split == whole, "cut at \(cut)", sourceLocation: location)
    }
    #expect(
        decode(bytes.map { [$0] }, version: version) == whole, "byte by byte",
        sourceLocation: location)
    return whole
}
