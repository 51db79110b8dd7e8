import CLinux
import Glibc
import Testing

@testable import PingoraCore

@Suite("ActivatedSockets")
struct ActivatedSocketsTests {
    private let folder = ProbeFolder()
    private static let anyPort = SocketAddress.ipv4(0x7f00_0001, port: 0)

    @Test("hands out sockets by address, prepared, and closes the rest")
    func claims() throws {
        let first = try Listener(binding: ActivatedSocketsTests.anyPort)
        let second = try Listener(binding: .unix(folder.file("a.sock")))
        let third = try Listener(binding: ActivatedSocketsTests.anyPort)
        for listener in [first, second, third] {
            // As a service manager leaves them.
            _ = fcntl(listener.number, F_SETFL, 0)
        }
        let probe = try ProbeProcess(
            ["activate", "\(second.address)", "\(first.address)", "\(first.address)"],
            variables: ["LISTEN_FDS=3", "LISTEN_FDNAMES=a:b:c"],
            descriptors: [first, second, third].map { $0.number },
            script: "LISTEN_PID=$$ exec \"$0\" \"$@\"")
        #expect(
            probe.lines() == [
                "claimed \(second.address) cloexec=true nonblocking=true",
                "claimed \(first.address) cloexec=true nonblocking=true",
                "missing \(first.address)", "unclaimed \(third.address)", "open=0", "variables=0",
            ])
    }

    @Test("leaves alone what is meant for another process")
    func others() throws {
        let listener = try Listener(binding: ActivatedSocketsTests.anyPort)
        let probe = try ProbeProcess(
            ["activate", "\(listener.address)"], variables: ["LISTEN_FDS=1", "LISTEN_PID=1"],
            descriptors: [listener.number])
        #expect(probe.lines() == ["missing \(listener.address)", "open=1", "variables=0"])
    }

    @Test("is empty without the variables")
    func none() throws {
        #expect(try ProbeProcess(["activate"]).lines() == ["open=0", "variables=0"])
    }

    @Test(
        "refuses what is no number",
        arguments: [
            ("1x", "1", "LISTEN_PID: expected a number, got 1x"),
            ("", "1", "LISTEN_PID: expected a number, got \"\""),
            (nil, "-1", "LISTEN_FDS: expected a number, got -1"),
            (nil, "1\n2", "LISTEN_FDS: expected a number, got \"1\\n2\""),
            (nil, "99999999999", "LISTEN_FDS: expected a number, got 99999999999"),
        ] as [(String?, String, String)])
    func notNumbers(process: String?, count: String, expected: String) throws {
        let error = try #require(throws: ActivationError.self) {
            _ = try ActivatedSockets(process: process ?? "\(getpid())", count: count)
        }
        #expect("\(error)" == "socket activation: \(expected)")
    }

    @Test("refuses more than may be open")
    func tooMany() throws {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        let most = Int64(clamping: limit.rlim_cur)
        let count = CInt(clamping: most - 3)
        #expect(throws: ActivationError.tooMany(count: count + 1, limit: most)) {
            _ = try ActivatedSockets(process: "\(getpid())", count: "\(count + 1)")
        }
    }

    /// Each kind of descriptor that is no listening stream socket.
    enum Wrong: CaseIterable { case closed, file, datagram, unbound, abstract }

    @Test("names the descriptor that it can't use", arguments: Wrong.allCases)
    func unusable(_ wrong: Wrong) throws {
        let listener = try Listener(binding: ActivatedSocketsTests.anyPort)
        let number: CInt
        switch wrong {
        case .closed: number = 1000
        case .file: number = open("/dev/null", O_RDONLY | O_CLOEXEC)
        case .datagram: number = socket(AF_INET, CInt(SOCK_DGRAM.rawValue), 0)
        case .unbound: number = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        case .abstract:
            // Listening without a bind gives an abstract name of the kernel's choice.
            number = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
            var address = sockaddr(sa_family: sa_family_t(AF_UNIX), sa_data: sockaddr().sa_data)
            bind(number, &address, 2)
            listen(number, 1)
        }
        defer { if wrong != .closed { close(number) } }
        let expected: ActivationError =
            switch wrong {
            case .closed: .notOpen(number)
            case .file: .notASocket(number)
            case .datagram, .unbound: .notListening(number)
            case .abstract: .unsupportedAddress(number)
            }
        #expect(throws: expected) {
            _ = try ActivatedSockets(process: "\(getpid())", count: "1", first: number)
        }
        #expect("\(expected)".contains("descriptor \(number)"))
        withExtendedLifetime(listener) {}
    }
}
