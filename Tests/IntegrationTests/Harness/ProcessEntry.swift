import Foundation

/// A process as `/proc` shows it: also one that is not our child.
struct ProcessEntry: Hashable {
    let number: pid_t

    /// Whether it runs. A zombie has ended: whoever is to collect it may take its time.
    var isAlive: Bool {
        guard let state = statistics.first else { return false }
        return state != "Z" && state != "X"
    }

    var parent: pid_t? { statistic(1) }
    var session: pid_t? { statistic(3) }

    /// The fields of `stat` behind the name in parentheses: state, parent, group, session (man 5
    /// proc).
    private var statistics: [Substring] {
        let text = ProcessEntry.read("/proc/\(number)/stat")
        return text.split(separator: ")").last?.split(separator: " ") ?? []
    }

    private func statistic(_ index: Int) -> pid_t? {
        let fields = statistics
        return index < fields.count ? pid_t(fields[index]) : nil
    }

    /// The numbers of a line of `status`: `Uid`, `Gid`, `Groups`.
    func status(_ name: String) -> [Int] {
        for line in ProcessEntry.read("/proc/\(number)/status").split(separator: "\n")
        where line.hasPrefix(name + ":") {
            return line.split(whereSeparator: \.isWhitespace).dropFirst().compactMap { Int($0) }
        }
        return []
    }

    /// What a descriptor leads to; empty if it is not open.
    func target(ofDescriptor descriptor: Int) -> String {
        let link = "/proc/\(number)/fd/\(descriptor)"
        return (try? FileManager.default.destinationOfSymbolicLink(atPath: link)) ?? ""
    }

    /// Waits until it has ended; false if it did not.
    func waitForEnd() -> Bool {
        eventually { !isAlive }
    }

    func signal(_ signal: CInt) {
        if isAlive { kill(number, signal) }
    }

    /// All that run and have a word in their command lines that contains `text`.
    static func running(with text: String) -> [ProcessEntry] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { pid_t($0) }.filter {
            read("/proc/\($0)/cmdline").contains(text)
        }.map(ProcessEntry.init).filter(\.isAlive)
    }

    /// The sizes of files there are unknown, so they are read to their end.
    static func read(_ path: String) -> String {
        guard let file = fopen(path, "r") else { return "" }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 4096)
        while case let count = fread(&piece, 1, piece.count, file), count > 0 {
            bytes += piece[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
