import Glibc

/// Debian's python3, which sees the packages that scripts/bootstrap installs.
enum PythonProcess {
    static func start(
        _ arguments: [String], in directory: TemporaryDirectory
    ) throws -> ChildProcess {
        let path = "/usr/bin/python3"
        guard access(path, X_OK) == 0 else {
            throw HarnessError("\(path) is missing: run scripts/bootstrap")
        }
        return try ChildProcess(path, ["-u"] + arguments, in: directory)
    }

    /// Starts a server that says its port as the last number of its first line.
    static func startServer(
        _ arguments: [String], in directory: TemporaryDirectory
    ) throws -> (process: ChildProcess, port: UInt16) {
        let process = try start(arguments, in: directory)
        var found: UInt16?
        _ = eventually {
            let output = process.output
            if let end = output.firstIndex(of: "\n") {
                found = output[..<end].split { !$0.isNumber }.last.flatMap { UInt16($0) }
            }
            return found != nil || !process.isAlive
        }
        guard let found else {
            throw HarnessError(
                "no server from python3 (if a module is missing: run scripts/bootstrap): "
                    + process.errors)
        }
        return (process, found)
    }
}
