import PingoraCore
import PingoraProxy
import Testing

@Suite("ProxyService")
struct ProxyServiceTests {
    private struct Refusing: ProxyHttp {
        func upstreamPeer(
            _ session: borrowing Session, _ context: inout Void
        ) async throws -> HTTPPeer {
            throw ProxyError.noHealthyUpstream
        }
    }

    @Test("listens where its texts say, in their order")
    func texts() throws {
        let service = try ProxyService(Refusing(), listen: "127.0.0.1:0", "unix:/run/app.sock")
        #expect(service.addresses == [.ipv4(0x7f00_0001, port: 0), .unix("/run/app.sock")])
    }

    @Test(
        "refuses a text that is no address, and shows it", arguments: ["6188", "localhost:80", ""])
    func invalid(text: String) {
        let error = #expect(throws: ServerError.self) {
            try ProxyService(Refusing(), listen: "127.0.0.1:0", text)
        }
        #expect(error?.description.contains("got \"\(text)\"") == true)
    }
}
