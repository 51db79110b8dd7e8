import Glibc
import PingoraHTTP
import TestSupport
import Testing

@testable import PingoraCore
@testable import PingoraProxy
@testable import PingoraUpgrade

/// Moves that can't be as they should, and requests that were thought not to move.
@Suite("Moves that go wrong")
struct MovingFaultTests {
    private let head = "HTTP/1.1 200 OK\r\n\(Texts.date)Content-Length: 9\r\n\r\nhello"

    /// Runs `exchange` with a move at every turn; those at which anything moved.
    private func moved(
        _ exchange: Exchange, _ successors: MovingRun.Successors = MovingRun.Successors()
    ) -> [(turn: Int, run: MovingRun)] {
        let count = MovingRun(exchange, Moves(turns: []), seed: 1).turnCount
        return (0...count).map { turn in
            let run = MovingRun(exchange, Moves(turns: [turn]), seed: 1, successors)
            return (turn, run)
        }.filter { $0.run.movedCount > 0 }
    }

    @Test("a request that the next process finds too long is cut, not answered twice")
    func smallerLimit() throws {
        let request = Texts.get("/" + Texts.bulk(300))
        let exchange = Exchange(
            "a long head",
            client: [.send(request), .receive(head), .receiveCut(of: "")],
            origin: [.receive(request), .send(head), .receiveEnd])
        var successors = MovingRun.Successors(options: exchange.options)
        successors.options?.requestLimits.targetBytes = 100
        // The latest move is one in the middle of the response.
        let late = try #require(moved(exchange, successors).last).run
        #expect(late.complaints.isEmpty)
        #expect(late.log.count == 1 && late.log.allSatisfy { $0.contains("failed") })
    }

    @Test("closes both ends where the loop can't watch one", arguments: [1, 2])
    func unwatched(number: Int) throws {
        let exchange = Exchange(
            "a response that is never complete",
            client: [.send(Texts.get()), .receive(head), .receiveEnd],
            origin: [.receive(Texts.get()), .send(head), .receiveEnd])
        var successors = MovingRun.Successors()
        successors.around = { adopt in
            let failing = FailingKernel()
            failing.fail(.epollControl, number: number, with: ENOSPC)
            failing.run(adopt)
        }
        #expect(try #require(moved(exchange, successors).last).run.complaints.isEmpty)
    }

    @Test("counts on from any number of bytes")
    func counts() throws {
        var tunnel = MovingTunnel(service: try SocketName("web"))
        (tunnel.uploadedBytes, tunnel.downloadedBytes) = (.max, .max)
        let arrived = ConnectionInTransit(
            .tunnel(
                tunnel, client: Descriptor(owning: -1), server: Descriptor(owning: -1)))
        guard case .exchange(let exchange) = arrived.content else {
            Issue.record("no exchange")
            return
        }
        #expect(exchange.uploadedBytes < Int.max / 2 && exchange.uploadedBytes > 0)
        #expect(exchange.downloadedBytes < Int.max / 2 && exchange.downloadedBytes > 0)
    }

    @Test("a request moves though its body had trailers")
    func trailers() {
        let post = Texts.post("/", "Transfer-Encoding: chunked\r\nConnection: close\r\n")
        let sent = Texts.post("/", "Transfer-Encoding: chunked\r\n")
        let exchange = Exchange(
            "trailers",
            client: [
                .send(post + "1\r\nx\r\n0\r\nX-Sum: 1\r\n\r\n"),
                .receive(Texts.ok("", "Connection: close\r\n")), .receiveEnd,
            ],
            origin: [
                .receive(sent), .receiveChunked("x", trailers: "X-Sum: 1\r\n"),
                .pause(seconds: 20), .send(Texts.ok("")),
            ])
        let runs = moved(exchange)
        let last = MovingRun(exchange, Moves(turns: []), seed: 1).turnCount - 4
        #expect(runs.contains { $0.turn == last })
        #expect(runs.allSatisfy { $0.run.complaints.isEmpty && $0.run.log.count == 1 })
    }
}
