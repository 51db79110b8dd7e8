import TLSFixtures
import Testing

@testable import PingoraCore
@testable import PingoraTLS

@Suite("Handshakes between our two sides")
struct HandshakeTests {
    private let folder: CertificateFolder

    init() throws { folder = try CertificateFolder() }

    private func server(
        _ names: [String] = ["app.test"], threads: TLSHandshakeThreads? = nil,
        keys: TicketKeys? = nil, _ change: (inout TLSServerOptions) -> Void = { _ in }
    ) throws -> TLSServerContext {
        var options = TLSServerOptions(certificates: try names.map { try folder.files(for: $0) })
        change(&options)
        return try TLSServerContext(
            options, ticketKeys: try keys ?? TicketKeys(), threads: threads)
    }

    private func client(
        _ name: String? = "app.test", _ change: (inout TLSClientOptions) -> Void = { _ in }
    ) throws -> TLSClientContext {
        var options = TLSClientOptions.trusting(folder, name)
        change(&options)
        return try TLSClientContext(options)
    }

    @Test("agree on version, cipher, protocol and name", arguments: TLSProfile.allCases)
    func details(profile: TLSProfile) throws {
        let server = try server { $0.profile = profile }
        let client = try client { $0.protocols = ["h2", "http/1.1"] }
        try withLoop { loop in
            let pair = try TLSPair(on: loop)
            #expect(pair.shakeHands(server, client))
            let details = try #require(pair.server.transport).details
            #expect(details.version == "TLSv1.3")
            #expect(details.cipher.hasPrefix("TLS_"))
            #expect(details.serverName == "app.test")
            #expect(details.applicationProtocol == "http/1.1")
            #expect(!details.isResumed && details.peerSubject == nil)
            let far = try #require(pair.client.transport).details
            #expect(far.applicationProtocol == "http/1.1")
            #expect(far.peerSubject == "CN=app.test")
            #expect(far.peerFingerprint?.count == 64)
            pair.close()
        }
    }

    @Test("refuse a client without a protocol in common")
    func noProtocol() throws {
        let (server, client) = (try server(), try client { $0.protocols = ["h2"] })
        try withLoop { loop in
            let pair = try TLSPair(on: loop)
            #expect(!pair.shakeHands(server, client))
            #expect(pair.serverError == .failed("no application protocol"))
            pair.close()
        }
    }

    @Test(
        "show the certificate that the client asks for",
        arguments: [("a.test", "a.test"), ("b.test", "b.test"), ("c.test", "a.test")])
    func choice(asked: String, shown: String) throws {
        let server = try server(["a.test", "b.test"])
        let client = try client(asked) { $0.verifiesHostName = false }
        try withLoop { loop in
            let pair = try TLSPair(on: loop)
            #expect(pair.shakeHands(server, client))
            #expect(pair.client.transport?.details.peerSubject == "CN=\(shown)")
            pair.close()
        }
    }

    @Test("carry a MiB each way, over a socket that takes it in pieces")
    func bulk() throws {
        let (server, client) = (try server(), try client())
        let bytes = (0..<1 << 20).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) }
        try withLoop { loop in
            let pair = try TLSPair(on: loop)
            #expect(pair.shakeHands(server, client))
            #expect(pair.carry(bytes, from: pair.client, to: pair.server) == bytes)
            #expect(pair.carry(bytes, from: pair.server, to: pair.client) == bytes)
            pair.close()
        }
    }

    @Test("resume a session by its ticket, once per ticket", arguments: [2, 0])
    func resumption(tickets: Int) throws {
        let server = try server { $0.ticketCount = tickets }
        let client = try client()
        try withLoop { loop in
            var resumed: [Bool] = []
            for _ in 0..<3 {
                let pair = try TLSPair(on: loop)
                #expect(pair.shakeHands(server, client))
                #expect(pair.carry([1], from: pair.server, to: pair.client) == [1])
                resumed.append(try #require(pair.server.transport).details.isResumed)
                pair.close()
            }
            #expect(resumed == [false, tickets > 0, tickets > 0])
        }
    }

    @Test("resume with old ticket keys and in a successor, but not with forgotten ones")
    func rotation() throws {
        let keys = try TicketKeys(olderCount: 1)
        let (old, client) = (try server(keys: keys), try client())
        let successor = try TicketKeys(olderCount: 1)
        let new = try server(keys: successor)
        try withLoop { loop in
            func isResumed(_ server: TLSServerContext) throws -> Bool {
                let pair = try TLSPair(on: loop)
                #expect(pair.shakeHands(server, client))
                #expect(pair.carry([1], from: pair.server, to: pair.client) == [1])
                defer { pair.close() }
                return try #require(pair.server.transport).details.isResumed
            }
            #expect(try !isResumed(old))
            keys.rotate()
            #expect(try isResumed(old))
            try successor.take(over: keys.exported())
            #expect(try isResumed(new))
            #expect(throws: TLSError.badTicketKeys) { try successor.take(over: [1, 2, 3]) }
            #expect(try isResumed(new))
            successor.rotate()
            successor.rotate()
            #expect(try !isResumed(new))
        }
    }

    @Test("verify clients, and take no ticket of a listener that did not")
    func clientCertificates() throws {
        let keys = try TicketKeys()
        let open = try server(keys: keys)
        let closed = try server(keys: keys) {
            $0.clientCertificates = .required(authorities: folder.authorityPath)
        }
        let optional = try server(keys: keys) {
            $0.clientCertificates = .optional(authorities: folder.authorityPath)
        }
        let anonymous = try client()
        let mine = try folder.files("me", .init(commonName: "me"))
        let known = try client { $0.certificate = mine }
        let stranger = try folder.files("other", .init(commonName: "other"), isSelfSigned: true)
        let unknown = try client { $0.certificate = stranger }
        try withLoop { loop in
            func subject(_ server: TLSServerContext, _ client: TLSClientContext) throws -> String {
                let pair = try TLSPair(on: loop)
                pair.shakeHands(server, client)
                defer { pair.close() }
                if let error = pair.serverError { return error.description }
                _ = pair.carry([1], from: pair.server, to: pair.client)
                return try #require(pair.server.transport).details.peerSubject ?? "nobody"
            }
            let subjects = [
                try subject(open, anonymous), try subject(closed, anonymous),
                try subject(optional, anonymous), try subject(closed, known),
                // And again, resumed.
                try subject(closed, known), try subject(optional, unknown),
            ]
            #expect(
                subjects == [
                    "nobody",
                    "TLS handshake failed: peer did not return a certificate",
                    "nobody", "CN=me", "CN=me", "certificate not accepted: self-signed",
                ])
        }
    }

    @Test("compute on other threads as well as on the loop")
    func threads() throws {
        let threads = TLSHandshakeThreads(count: 2)
        let server = try server(threads: threads)
        let client = try client { $0.resumesSessions = false }
        try withLoop { loop in
            for _ in 0..<50 {
                let pair = try TLSPair(on: loop)
                #expect(pair.shakeHands(server, client))
                #expect(pair.carry([5, 6], from: pair.client, to: pair.server) == [5, 6])
                pair.close()
            }
        }
    }

    @Test("end at the deadline, and when too many are under way")
    func limits() throws {
        let server = try server { $0.maximumHandshakes = 1 }
        try withLoop { loop in
            let (silent, second) = (try TLSPair(on: loop), try TLSPair(on: loop))
            var errors: [TransportError] = []
            silent.start {
                do throws(TransportError) {
                    let deadline = loop.now.advanced(by: .milliseconds(150))
                    try await server.secure(silent.server, until: deadline)
                } catch { errors.append(error) }
            }
            second.start {
                do throws(TransportError) {
                    try await server.secure(second.server, until: second.deadline)
                } catch { errors.append(error) }
            }
            second.finish()
            silent.finish()
            #expect(errors == [.overloaded(limit: 1), .timedOut])
            #expect(server.handshakeCount == 0)
            silent.close()
            second.close()
        }
    }

    @Test("have equal identities for equal options and files alone")
    func identity() throws {
        let first = try client()
        #expect(try client().identity == first.identity)
        let mine = try folder.files("me", .init(commonName: "me"))
        let others = [
            try client("b.test"), try client { $0.alternativeName = "c.test" },
            try client { $0.verifiesHostName = false },
            try client { $0.verifiesCertificate = false },
            try client { $0.certificate = mine }, try client { $0.protocols = ["h2"] },
        ]
        #expect(Set(others.map(\.identity) + [first.identity]).count == 7)
        // The same paths with other bytes: what was renewed is somebody else.
        _ = try folder.files("me", .init(commonName: "me"))
        let renewed = try client { $0.certificate = mine }
        #expect(renewed.identity != others[4].identity)
        #expect(first.identity > 1)
    }
}
