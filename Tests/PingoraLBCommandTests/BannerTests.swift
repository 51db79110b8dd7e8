import PingoraCore
import PingoraGateway
import Testing

@testable import pingora_lb

@Suite("Banner")
struct BannerTests {
    @Test("shows texts such that they harm no terminal, wherever they come from")
    func harmless() {
        var configuration = GatewayConfiguration()
        configuration.threads = 2
        configuration.listeners = [.unix("/run/a\u{1b}[2J")]
        configuration.upstreams = [
            .init(name: "x\ry", servers: [.init(address: .unix("/b\u{202e}"), weight: 3)])
        ]
        configuration.routes = [.init(host: "a\n.b", pathPrefix: "/\u{7f}", upstream: 0)]
        var options = CommandLineOptions()
        options.configurationFile = "l\u{9b}b.yaml"
        #expect(
            Banner.summary(of: configuration, options) == """
                l\\u{9b}b.yaml: configuration is ok
                  listen    unix:/run/a\\u{1b}[2J
                  upstream  x\\ry  unix:/b\\u{202e}  weight 3
                  route     a\\n.b/\\u{7f}  to x\\ry
                  threads   2

                """)
    }
}
