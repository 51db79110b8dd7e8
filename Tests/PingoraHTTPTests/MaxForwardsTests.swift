import Testing

@testable import PingoraHTTP

@Suite("MaxForwards")
struct MaxForwardsTests {
    private func fields(_ values: [String]) -> Fields {
        var fields = Fields()
        for value in values { fields.append(.maxForwards, value) }
        return fields
    }

    @Test(
        "counts this hop, and never below nothing",
        arguments: [
            ("1", "0"), ("2", "1"), ("10", "9"), ("007", "6"), ("0", "0"),
            ("999999", "999998"), ("99999999999999999999999999", "999998"),
        ])
    func counts(value: String, next: String) throws {
        var fields = fields([value])
        try MaxForwards.countHop(in: &fields)
        #expect(fields[.maxForwards] == next)
    }

    @Test("leaves out what is not there")
    func none() throws {
        var fields = Fields()
        #expect(try MaxForwards.value(in: fields) == nil)
        try MaxForwards.countHop(in: &fields)
        #expect(!fields.contains(.maxForwards))
    }

    @Test(
        "refuses what is no number, and two of them",
        arguments: [["-1"], ["+1"], ["1 1"], ["1.0"], ["0x1"], [""], ["1", "1"], ["a"]])
    func refuses(values: [String]) {
        #expect(throws: ParseError(.badMaxForwards, at: 0)) {
            try MaxForwards.value(in: fields(values))
        }
    }
}
