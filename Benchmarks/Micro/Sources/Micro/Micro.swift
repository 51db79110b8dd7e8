import Foundation

/// Prints ns/op and allocations/op; ends with 1 when an allocation count differs from
/// Thresholds.json. Times are only reported: shared machines make them useless as a gate.
@main
enum Micro {
    static func main() throws {
        let thresholds = try Thresholds(
            path: CommandLine.arguments.dropFirst().first ?? defaultPath)
        var complaints = 0
        print(row("benchmark", "ns/op", "allocations/op"))
        let all =
            counterBenchmarks + headBenchmarks + bodyBenchmarks + balancerBenchmarks
            + selectionBenchmarks
        for benchmark in all {
            let measurement = benchmark.measure()
            let complaint = thresholds.complaint(about: measurement)
            complaints += complaint == nil ? 0 : 1
            print(
                row(
                    measurement.name,
                    String(format: "%.1f", measurement.nanosecondsPerOperation),
                    String(measurement.allocationsPerOperation)),
                complaint ?? "")
        }
        print(row("once for each set of backends", "ms", ""))
        for preparation in preparations {
            let milliseconds = preparation.measure() / .milliseconds(1)
            print(row(preparation.name, String(format: "%.1f", milliseconds), ""))
        }
        printPauses()
        exit(complaints == 0 ? 0 : 1)
    }

    /// In turns, so that what else the machine does meets both.
    private static func printPauses() {
        var (preparing, updating) = (UpdatePause(), UpdatePause())
        for _ in 0..<3 {
            preparing.measure(.preparing)
            updating.measure(.updating)
        }
        print(row("longest choice of 10000 while another thread", "µs", "interrupted"))
        for (name, pause) in [("prepares for 10000", preparing), ("updates 10000", updating)] {
            print(
                row(
                    "\(name) (\(pause.turns) times)", String(format: "%.0f", pause.longest),
                    String(format: "%.0f", pause.longestInterrupted)))
        }
    }

    /// Thresholds.json beside Package.swift.
    private static var defaultPath: String {
        URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Thresholds.json").path
    }

    private static func row(_ name: String, _ time: String, _ allocations: String) -> String {
        name.padding(toLength: 44, withPad: " ", startingAt: 0)
            + String(repeating: " ", count: max(0, 10 - time.count)) + time
            + String(repeating: " ", count: max(0, 16 - allocations.count)) + allocations
    }
}
