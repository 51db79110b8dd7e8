import Glibc

/// nginx as an origin. It answers with its name, and logs the number of each connection.
final class NginxOrigin {
    let port: UInt16
    let process: ChildProcess
    private let directory: TemporaryDirectory

    /// Starts it on a free port and waits for its first answer.
    ///
    /// - Parameters:
    ///   - name: the body of every answer.
    ///   - locations: more `location` blocks.
    ///   - servers: more `upstream` and `server` blocks.
    ///   - port: 0 takes a free one.
    init(
        _ name: String, locations: String = "", servers: String = "", port wanted: UInt16 = 0
    ) throws {
        guard access(NginxOrigin.executable, X_OK) == 0 else {
            throw HarnessError("\(NginxOrigin.executable) is missing: run scripts/bootstrap")
        }
        let directory = try TemporaryDirectory()
        self.directory = directory
        // Another process may take the port between our look and nginx's: then try again.
        for _ in 0..<10 {
            let port = wanted == 0 ? try TCPSocket.freePort() : wanted
            let text = NginxOrigin.configuration(
                directory.path, port, name, locations: locations, servers: servers)
            let file = try directory.write("nginx.conf", text)
            let process = try ChildProcess(
                NginxOrigin.executable, ["-e", "\(directory.path)/error.log", "-c", file],
                in: directory)
            _ = eventually { !process.isAlive || NginxOrigin.answers(on: port) }
            if process.isAlive {
                (self.process, self.port) = (process, port)
                return
            }
        }
        throw HarnessError("nginx does not start: \(directory.read("error.log"))")
    }

    /// One word per request: the number of its connection.
    var connections: [Substring] {
        directory.read("connections").split(separator: "\n")
    }

    private static let executable = "/usr/sbin/nginx"

    private static func answers(on port: UInt16) -> Bool {
        guard let client = try? RawConnection(connectingTo: port) else { return false }
        client.close()
        return true
    }

    private static func configuration(
        _ directory: String, _ port: UInt16, _ name: String, locations: String, servers: String
    ) -> String {
        let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map { "\($0)_temp_path \(directory)/\($0);" }.joined(separator: " ")
        return """
            daemon off; master_process off; pid \(directory)/nginx.pid;
            error_log \(directory)/error.log;
            events { worker_connections 512; }
            http {
                log_format connection "$connection";
                access_log \(directory)/connections connection;
                \(temporary)
                server {
                    listen 127.0.0.1:\(port);
                    default_type text/plain;
                    root \(directory);
                    location = / {
                        add_header X-Host $http_host always;
                        return 200 "\(name)";
                    }
                    \(locations)
                }
                \(servers)
            }
            """
    }

    /// Puts a file below its root.
    func write(_ name: String, _ text: String) throws {
        _ = try directory.write(name, text)
    }
}
