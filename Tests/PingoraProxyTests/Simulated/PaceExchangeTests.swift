import PingoraCore
import PingoraHTTP
import TestSupport
import Testing

@testable import PingoraProxy

/// How slowly a client may read, in virtual time. All of it comes in time for `clientWrite`.
@Suite("The pace of clients through the engine")
struct PaceExchangeTests {
    private static let response = Texts.ok(Texts.bulk(400_000))
    private static let sip = 16 * 1024
    private static let sips = 3

    /// Reads 16 KiB every eight seconds, and then nothing for twenty.
    private static var slowly: [ScriptStep] {
        var rest = Substring(response)
        var steps: [ScriptStep] = [.send(Texts.get())]
        for _ in 0..<sips {
            steps += [.pause(seconds: 8), .receive(String(rest.prefix(sip)))]
            rest = rest.dropFirst(sip)
        }
        return steps + [.pause(seconds: 20)]
    }

    /// What is left after that.
    private static var rest: String { String(response.dropFirst(sips * sip)) }

    @Test("cuts a client that reads, but too slowly")
    func tooSlow() {
        Exchange(
            "too slow", client: Self.slowly + [.receiveCut(of: Self.rest)],
            origin: [.receive(Texts.get()), .send(Self.response), .receiveCut(of: "")]
        ).with { $0.options.responseRate = 100 * 1024 }.check(seeds: 1...50)
    }

    @Test(
        "bears a client that reads as fast as wanted, or where nothing is wanted",
        arguments: [
            0, 240, 512,
        ])
    func fastEnough(rate: Int) {
        Exchange(
            "fast enough", client: Self.slowly + [.receive(Self.rest)],
            origin: [.receive(Texts.get()), .send(Self.response)]
        ).with { $0.options.responseRate = rate }.check(seeds: 1...50)
    }

    @Test("blames no client for a slow server")
    func slowServer() {
        let drops = Texts.bulk(8).map { [.pause(seconds: 20), .send(String($0))] as [ScriptStep] }
        Exchange(
            "a slow server", client: [.send(Texts.get()), .receive(Texts.ok(Texts.bulk(8)))],
            origin: [
                .receive(Texts.get()), .send(String(Texts.ok(Texts.bulk(8)).dropLast(8))),
            ] + drops.joined()
        ).with { $0.options.responseRate = 1024 * 1024 }.check(seeds: 1...20)
    }

    @Test("judges no tunnel")
    func tunnel() {
        let upgrade = "Upgrade: foo\r\nConnection: upgrade\r\n"
        let switching = "HTTP/1.1 101 Switching Protocols\r\n\(upgrade)\r\n"
        let bulk = Texts.bulk(400_000)
        Exchange(
            "a tunnel",
            client: [
                .send(Texts.get("/", upgrade)), .receive(switching), .pause(seconds: 100),
                .receive(bulk), .finishSending, .receiveEnd,
            ],
            origin: [
                .receive(Texts.get("/", upgrade)), .send(switching + bulk), .receiveEnd, .close,
            ]
        ).with { $0.options.responseRate = 1024 * 1024 }.check(seeds: 1...20)
    }
}
