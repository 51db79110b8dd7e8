/// Texts that many exchanges share.
enum Texts {
    static let date = "Date: Tue, 14 Nov 2023 22:13:20 GMT\r\n"
    static let end = "\r\n"

    /// The head of a request without a body.
    static func get(_ target: String = "/", _ fields: String = "") -> String {
        "GET \(target) HTTP/1.1\r\nHost: a\r\n\(fields)\r\n"
    }

    /// The head of a request with a body.
    static func post(_ target: String = "/", _ fields: String) -> String {
        "POST \(target) HTTP/1.1\r\nHost: a\r\n\(fields)\r\n"
    }

    /// A response with a length, as the origin sends it and the client gets it.
    static func ok(_ body: String = "hello", _ fields: String = "") -> String {
        "HTTP/1.1 200 OK\r\n\(date)Content-Length: \(body.utf8.count)\r\n\(fields)\r\n\(body)"
    }

    /// What the proxy answers in the place of the origin.
    static func failure(_ status: String) -> String {
        "HTTP/1.1 \(status)\r\nContent-Length: 0\r\nCache-Control: private, no-store\r\n"
            + "Connection: close\r\nDate: {date}\r\n\r\n"
    }

    static let chunkedHead = "HTTP/1.1 200 OK\r\n\(date)Transfer-Encoding: chunked\r\n\r\n"

    /// `count` bytes that tell a shift.
    static func bulk(_ count: Int) -> String {
        let line = "0123456789abcdefghijklmnopqrstuvwxyz-"
        let lines = String(repeating: line, count: count / line.utf8.count + 1)
        return String(decoding: lines.utf8.prefix(count), as: UTF8.self)
    }
}
