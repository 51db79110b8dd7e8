import Testing

@testable import PingoraHTTP

@Suite("Granting an upgrade")
struct UpgradeGrantTests {
    private func grants(_ granted: [String], _ asked: [String], _ version: Version) -> Bool {
        var (request, response) = (RequestHead(), ResponseHead(status: .switchingProtocols))
        for value in asked { request.fields.append(.upgrade, value) }
        for value in granted { response.fields.append(.upgrade, value) }
        response.version = version
        return HopByHopFields.grants(response, what: request)
    }

    @Test(
        "is for what was asked for, in any case of its letters",
        arguments: [
            (["websocket"], ["websocket"]), (["WebSocket"], ["websocket"]),
            (["websocket"], ["h3, WebSocket"]), (["a", "b"], ["a,b"]), (["a\t,  b"], ["b", "a"]),
        ])
    func granted(granted: [String], asked: [String]) {
        #expect(grants(granted, asked, .http11))
        #expect(!grants(granted, asked, .http10))
    }

    @Test(
        "is none for anything else",
        arguments: [
            ([], ["websocket"]), ([""], ["websocket"]), (["h2"], ["websocket"]),
            (["websocket, h2"], ["websocket"]), (["web"], ["websocket"]),
            (["websocket/2"], ["websocket"]), (["websocket"], []),
        ])
    func refused(granted: [String], asked: [String]) {
        #expect(!grants(granted, asked, .http11))
    }
}
