import Testing

@testable import PingoraLB

@Suite("HealthState")
struct HealthStateTests {
    /// Results as signs, `+` for a passed check; what each comes to, `.` where nothing changes.
    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        var rise = 2
        var fall = 3
        let results: String
        let changes: String
        var testDescription: String { name }
    }

    static let rows = [
        Row(name: "the first result decides alone", results: "+", changes: "U"),
        Row(name: "also a bad one", results: "-", changes: "D"),
        Row(name: "more of the same says nothing", results: "++++", changes: "U..."),
        Row(name: "the third failure takes out", results: "+---", changes: "U..D"),
        Row(
            name: "one success in between starts again", results: "+--+--+---",
            changes: "U........D"),
        Row(name: "the second success brings back", results: "-++", changes: "D.U"),
        Row(name: "one failure in between starts again", results: "-+-+-++", changes: "D.....U"),
        Row(name: "there and back", results: "+---++---", changes: "U..D.U..D"),
        Row(
            name: "a change forgets what led to it", results: "+---+-++", changes: "U..D...U"),
        Row(name: "one is enough", rise: 1, fall: 1, results: "+-+-", changes: "UDUD"),
        Row(name: "none is as good as one", rise: 0, fall: -1, results: "+-+", changes: "UDU"),
        Row(
            name: "too many", rise: .max, fall: .max, results: "+-----+", changes: "U......"),
    ]

    @Test("goes with several results in a row", arguments: rows)
    func note(row: Row) {
        var state = HealthState()
        #expect(state.status == .unknown)
        var status = HealthState.Status.unknown
        for (result, change) in zip(row.results, row.changes) {
            let expected: HealthState.Status? =
                switch change {
                case "U": .healthy
                case "D": .unhealthy
                default: nil
                }
            status = expected ?? status
            let told = state.note(passed: result == "+", rise: row.rise, fall: row.fall)
            #expect(told == expected)
            #expect(state.status == status)
        }
    }
}
