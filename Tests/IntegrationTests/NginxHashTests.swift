import PingoraLB
import Testing

/// nginx as a load balancer, asked for the same keys as `Ketama`.
@Suite("Ketama beside nginx")
struct NginxHashTests {
    @Test("chooses the same server for each of 1000 keys")
    func keys() throws {
        try compare(from: "/all", refusing: nil)
    }

    @Test("chooses the same server for each of 1000 keys where one is down")
    func down() throws {
        try compare(from: "/down", refusing: NginxRing.down)
    }

    private func compare(from path: String, refusing refused: Int?) throws {
        let ring = try NginxRing()
        let ketama = Ketama(ring.candidates)
        let client = try RawConnection(connectingTo: ring.port)
        var owners: Set<Int> = []
        for number in 0..<1000 {
            let key = "/pictures/\(number)"
            try client.send("GET \(path)?key=\(key) HTTP/1.1\r\nHost: a\r\n\r\n")
            let answer = try client.readResponse()
            try #require(answer.status == 200)
            let request = SelectionRequest(key: ketama.hash(Array(key.utf8).span))
            let index = try #require(ketama.select(request) { $0 != refused })
            #expect(answer.text == ring.candidates[index].label, "\(key)")
            owners.insert(index)
        }
        // Every server had its part in it.
        #expect(owners == Set(ring.candidates.indices.filter { $0 != refused }))
    }
}

/// nginx with its hash over servers of different addresses, ports and weights, all of them itself.
/// A server answers with its address.
private struct NginxRing {
    /// The one that is down at `/down`.
    static let down = 3

    let candidates: [Candidate]
    private let nginx: NginxOrigin
    /// Where one of the servers listens.
    private let directory: TemporaryDirectory

    var port: UInt16 { nginx.port }

    init() throws {
        let directory = try TemporaryDirectory()
        self.directory = directory
        var labels = try (0..<11).map { number in
            "127.0.0.\(1 + number % 4):\(try TCPSocket.freePort())"
        }
        labels.append("unix:\(directory.path)/server")
        candidates = labels.enumerated().map { Candidate(weight: 1 + $0 % 3, label: $1) }
        nginx = try NginxOrigin(
            "ring", locations: NginxRing.location("all") + NginxRing.location("down"),
            servers: NginxRing.servers(candidates))
    }

    private static func location(_ name: String) -> String {
        """
        location = /\(name) {
            proxy_pass http://\(name);
            proxy_http_version 1.1;
            proxy_set_header Connection "";
        }

        """
    }

    private static func servers(_ candidates: [Candidate]) -> String {
        func upstream(_ name: String, down: Int?) -> String {
            let servers = candidates.enumerated().map { index, candidate in
                "server \(candidate.label) weight=\(candidate.weight) max_fails=0"
                    + (index == down ? " down;" : ";")
            }
            return "upstream \(name) { hash $arg_key consistent; keepalive 12; "
                + servers.joined(separator: " ") + " }\n"
        }
        let listens = candidates.map { "listen \($0.label);" }.joined(separator: " ")
        // Of a Unix socket nginx says no port, and whatever stands behind it has to go.
        return upstream("all", down: nil) + upstream("down", down: down) + """
            map $server_port $name { "" $server_addr; default $server_addr:$server_port; }
            server { \(listens) return 200 "$name"; }
            """
    }
}
