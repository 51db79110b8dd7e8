/// Whole numbers with a unit behind them: `250ms`, `64KiB`.
package struct Quantity: Sendable {
    /// Why a text is no quantity.
    enum Fault: Error {
        case missingUnit(Int)
        case fraction
        case unknownUnit
        case noNumber
        case tooLarge
    }

    /// What it is, with examples: `a duration such as 5s or 250ms`.
    let example: String
    /// What it is: `a duration`.
    let noun: String
    /// What the units are, for a message.
    let unitNames: String
    /// The unit of a number that has none, in what a message suggests.
    let usualUnit: String
    /// The units from the largest, and how many of the smallest each is.
    let units: [(name: String, factor: Int)]

    /// In milliseconds.
    package static let duration = Quantity(
        example: "a duration such as 5s or 250ms", noun: "a duration",
        unitNames: "ms, s, m and h", usualUnit: "s",
        units: [("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)])

    /// In bytes.
    package static let size = Quantity(
        example: "a size such as 64KiB or 1MiB", noun: "a size",
        unitNames: "B, KiB, MiB and GiB", usualUnit: "B",
        units: [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)])

    /// How many of the smallest unit `text` says.
    func amount(of text: String) throws(Fault) -> Int {
        let digits = text.utf8.prefix { 48...57 ~= $0 }
        guard !digits.isEmpty else { throw .noNumber }
        let rest = String(text.utf8.dropFirst(digits.count)) ?? ""
        guard !rest.hasPrefix(".") else { throw .fraction }
        guard let number = Int(String(digits) ?? "") else { throw .tooLarge }
        guard !rest.isEmpty else { throw .missingUnit(number) }
        guard let unit = units.first(where: { $0.name == rest }) else { throw .unknownUnit }
        let (amount, overflow) = number.multipliedReportingOverflow(by: unit.factor)
        guard !overflow else { throw .tooLarge }
        return amount
    }

    /// `amount` in the largest unit of which it is a multiple.
    package func text(of amount: Int) -> String {
        guard amount > 0 else { return "0\(usualUnit)" }
        let unit = units.first { amount % $0.factor == 0 }
        return "\(amount / (unit?.factor ?? 1))\(unit?.name ?? "")"
    }

    /// What to say about a text with `fault`, behind the text itself.
    func hint(_ fault: Fault) -> String {
        switch fault {
        case .missingUnit(let number):
            let factor = units.first { $0.name == usualUnit }?.factor ?? 1
            let (amount, overflow) = number.multipliedReportingOverflow(by: factor)
            return ": a number needs a unit"
                + (overflow ? "" : ", write \(usualUnit == "B" ? text(of: amount) : "\(number)s")")
        case .fraction: return ": write a whole number of a smaller unit"
        case .unknownUnit: return ": units are \(unitNames)"
        case .noNumber, .tooLarge: return ""
        }
    }
}
