import PingoraCore
import Testing

@Suite("SocketAddress")
struct SocketAddressTests {
    @Test(
        "prints what it parsed",
        arguments: [
            "127.0.0.1:80", "0.0.0.0:6188", "255.255.255.255:65535", "[::1]:80",
            "[2001:db8::1]:443", "[::]:0", "unix:/run/app.sock", "unix:/run/with space.sock",
        ])
    func roundTrip(text: String) {
        #expect(SocketAddress(text)?.description == text)
    }

    @Test(
        "rejects what is no address",
        arguments: [
            "", ":", "80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536",
            "127.0.0.1:+80", "127.0.0.1:080000", "127.0.0:80", "256.0.0.1:80", "localhost:80",
            "::1:80", "[::1]", "[::g]:80", "unix:", "unix:" + String(repeating: "x", count: 108),
            "127.0.0.1\0:80", "127.0.0.1:80\0", "[::1\0]:80", "unix:/a\0b",
        ])
    func rejects(text: String) {
        #expect(SocketAddress(text) == nil)
    }

    @Test(
        "gives the host without the port",
        arguments: [("10.1.2.3:9", "10.1.2.3"), ("[::1]:9", "::1")])
    func host(text: String, host: String) {
        #expect(SocketAddress(text)?.host == host)
    }
}
