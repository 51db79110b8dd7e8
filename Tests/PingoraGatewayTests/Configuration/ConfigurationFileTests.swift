import Foundation
import PingoraConfig
import PingoraCore
import PingoraProxy
import Testing

@testable import PingoraGateway

@Suite("A configuration file")
struct ConfigurationFileTests {
    @Test("with many problems is reported in the order of the file, each once")
    func golden() throws {
        let text = try ConfigurationFixture.text(of: "Tests/PingoraGatewayTests/Golden/bad.yaml")
        let problems = ProblemList()
        _ = GatewayConfiguration(parsing: Array(text.utf8), problems: problems)
        let error = ConfigurationError.invalid(file: "bad.yaml", problems.inOrder)
        try GoldenText.expect("\(error)\n", in: "bad.txt")
    }

    @Test("that can't be read is named")
    func unreadable() {
        let error = #expect(throws: ConfigurationError.self) {
            try GatewayConfiguration(file: "/nowhere/lb.yaml")
        }
        #expect(error?.description == "cannot read /nowhere/lb.yaml: No such file or directory")
    }

    @Test("is read from the disk, and its problems carry its name")
    func read() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
        defer { try? FileManager.default.removeItem(atPath: file) }
        try Data(ConfigurationFixture.base.utf8).write(to: URL(filePath: file))
        #expect(try GatewayConfiguration(file: file).upstreams.map(\.name) == ["app"])
        try Data("listeners: [127.0.0.1:80]".utf8).write(to: URL(filePath: file))
        let error = #expect(throws: ConfigurationError.self) {
            try GatewayConfiguration(file: file)
        }
        #expect(error?.description.hasPrefix("\(file):1:1: upstreams: missing") ?? false)
        #expect(try GatewayConfiguration(file: file, supplied: [.upstreams]).upstreams.isEmpty)
    }

    @Test(
        "may lack what the command line gives",
        arguments: [
            ([], ["listeners", "upstreams"]), ([.listeners], ["upstreams"]),
            ([.upstreams], ["listeners"]), ([.listeners, .upstreams], []),
        ] as [(Set<GatewayConfiguration.Part>, [String])])
    func supplied(parts: Set<GatewayConfiguration.Part>, missing: [String]) {
        let (_, problems) = ConfigurationFixture.read("version: 1", supplied: parts)
        #expect(problems.count == missing.count)
        for (problem, key) in zip(problems, missing) {
            #expect(problem.hasPrefix("f:1:1: \(key): missing: "))
        }
    }

    @Test("that is the example says what the example says")
    func example() throws {
        let text = try ConfigurationFixture.text(of: "docs/examples/lb.yaml")
        let (configuration, problems) = ConfigurationFixture.read(text)
        #expect(problems == [])
        #expect(
            configuration.listeners.map(\.description)
                == ["0.0.0.0:6188", "[::1]:6188", "unix:/tmp/load_balancer_http.sock"])
        #expect(configuration.upgrade.probes == [.init(path: "/healthz", host: "example.com")])
        #expect(configuration.upstreams.map(\.name) == ["app", "api"])
        #expect(configuration.upstreams[0].servers.map(\.weight) == [1, 3, 0])
        #expect(configuration.upstreams[1].hostHeader == "api.internal")
        #expect(configuration.routes.map(\.upstream) == [1, 0, 0])
        #expect(configuration.proxy.maximumBodyBytes == 10 * 1024 * 1024)
    }

    @Test("takes port 0 more than once: each is another free port")
    func freePorts() {
        let text = "upstreams: {a: {servers: [1.1.1.1:1]}}\nlisteners: [127.0.0.1:0, 127.0.0.1:0]"
        let (configuration, problems) = ConfigurationFixture.read(text)
        #expect(problems == [])
        #expect(configuration.listeners.count == 2)
    }
}
