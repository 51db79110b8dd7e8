import Foundation

/// The committed number of allocations per operation, by benchmark.
struct Thresholds {
    private let allocations: [String: Int]

    init(path: String) throws {
        let contents = try Data(contentsOf: URL(fileURLWithPath: path))
        allocations = try JSONDecoder().decode([String: Int].self, from: contents)
    }

    /// What is wrong with the measurement, or nil. Fewer allocations are wrong too: the file
    /// must be lowered in the commit that gained them, or the gain can be lost unnoticed.
    func complaint(about measurement: Measurement) -> String? {
        guard let allowed = allocations[measurement.name] else {
            return "no threshold: add it to Thresholds.json"
        }
        let found = measurement.allocationsPerOperation
        if found > allowed { return "EXCEEDED: at most \(allowed)" }
        if found < allowed { return "better than \(allowed): lower the threshold" }
        return nil
    }
}
