import PingoraConfig

@testable import PingoraGateway

/// What must hold for any bytes of a configuration file. `make test` checks it with the inputs in
/// `Fuzz/`, and `scripts/fuzz` with those that libFuzzer makes (Fuzz/Targets/Configuration.swift).
///
/// 1. Nothing traps, and the time it takes is bounded.
/// 2. Each problem has a place in the text, or right behind it, and a short text that harms no
///    terminal; they come in the order of the text.
/// 3. What has no problems can be served.
/// 4. The same bytes give the same problems.
enum ConfigurationProperty {
    /// What is wrong with what becomes of `input`; nil if the property holds.
    static func violation(_ input: [UInt8]) -> String? {
        let problems = ProblemList()
        let configuration = GatewayConfiguration(parsing: input, problems: problems)
        let found = problems.inOrder
        let again = ProblemList()
        _ = GatewayConfiguration(parsing: input, problems: again)
        guard again.inOrder == found else { return "other problems when read again" }
        let columns = columnsOfLines(input)
        for problem in found {
            if let wrong = check(problem, columns) { return wrong }
        }
        guard found.isEmpty else { return nil }
        return check(configuration)
    }

    /// The columns right behind the last byte of each line. A column is never beyond the byte's.
    private static func columnsOfLines(_ input: [UInt8]) -> [Int] {
        var columns = [1]
        for (index, byte) in input.enumerated() {
            columns[columns.count - 1] += 1
            let isBreak = byte == 0x0a || byte == 0x0d
            let isWithinPair = byte == 0x0d && index + 1 < input.count && input[index + 1] == 0x0a
            // YAML 1.1 also breaks lines at U+0085, U+2028 and U+2029.
            let isLongBreak =
                index >= 1 && input[index - 1] == 0xc2 && byte == 0x85
                || index >= 2 && input[index - 2] == 0xe2 && input[index - 1] == 0x80
                    && (byte == 0xa8 || byte == 0xa9)
            if isBreak && !isWithinPair || isLongBreak { columns.append(1) }
        }
        return columns
    }

    private static func check(_ problem: ConfigurationProblem, _ columns: [Int]) -> String? {
        let (line, column) = (problem.position.line, problem.position.column)
        // The end of the text is also the beginning of the line behind it.
        let isBehind = line == columns.count + 1 && column == 1
        guard isBehind || 1...columns.count ~= line && 1...columns[line - 1] + 1 ~= column else {
            return "\(line):\(column) is not in the text: \(problem.message)"
        }
        let text = problem.text(file: "f")
        guard text.utf8.count <= 2000 else { return "a problem of \(text.utf8.count) bytes" }
        let isHarmless = text.unicodeScalars.allSatisfy { scalar in
            scalar.isASCII ? 32..<127 ~= scalar.value : scalar.properties.isAlphabetic
        }
        return isHarmless ? nil : "a problem that a terminal must not see: \(text.debugDescription)"
    }

    private static func check(_ configuration: GatewayConfiguration) -> String? {
        let upstreams = configuration.upstreams
        guard !configuration.listeners.isEmpty, !upstreams.isEmpty else {
            return "nothing to listen at or to send to, and no problem"
        }
        guard upstreams.allSatisfy({ $0.servers.contains { $0.weight > 0 } }) else {
            return "an upstream without a server, and no problem"
        }
        guard configuration.routes.allSatisfy({ upstreams.indices ~= $0.upstream }) else {
            return "a route to nowhere, and no problem"
        }
        // It takes what was read, whatever that is.
        _ = Gateway(configuration)
        return nil
    }
}
