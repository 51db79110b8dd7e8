import PingoraCore
import PingoraHTTP
import PingoraProxy

/// One line per request:
/// `2026-11-24T14:03:09.123Z client=10.0.0.7 method=GET target=/a host=example.com status=200
/// sent=1024 upstream=10.0.1.1:80 tries=1 ms=0.412`.
///
/// Bytes that come from a client are quoted and escaped where they hold anything but plain text, so
/// that nobody forges a line. `upstream` is `-` where no server was chosen, `status` where nothing
/// was sent. A request that came over TLS has `tls=TLSv1.3` as well. Nothing is allocated: the line
/// is built in memory that the loop keeps.
struct AccessLog: Sendable {
    let writer: LogWriter

    init(_ writer: LogWriter) {
        self.writer = writer
    }

    /// Writes the line of a request that has ended; `server` is the one that was chosen last.
    func write(_ session: borrowing Session, server: String?, _ error: ProxyError?) {
        var line = LogLine(reusing: session.memory.takeLine())
        line.append(session.memory.timestamp().span)
        line.append(" client=")
        session.withClientHost { line.append($0) }
        line.append(" method=")
        session.request.method.withBytes { line.append(quoting: $0) }
        line.append(" target=")
        session.request.withTarget { line.append(quoting: $0) }
        line.append(" host=")
        session.request.withHost { line.append(quoting: $0) }
        line.append(" status=")
        if let status = session.responseStatus {
            line.append(number: Int(status.code))
        } else {
            line.append("-")
        }
        line.append(" sent=")
        line.append(number: session.responseBodyBytes)
        line.append(" upstream=")
        line.append(server ?? "-")
        line.append(" tries=")
        line.append(number: session.tries)
        line.append(" ms=")
        line.append(thousandths: session.elapsedMicroseconds)
        if session.isSecure, let version = session.transportDetails?.version {
            line.append(" tls=")
            line.append(version)
        }
        if let error {
            line.append(" error=")
            line.append(quoting: Array(error.description.utf8).span)
        }
        line.append("\n")
        writer.write(line.bytes.span)
        session.memory.keepLine(line.take())
    }
}
