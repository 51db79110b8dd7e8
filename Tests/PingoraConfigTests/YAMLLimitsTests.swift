import Testing

@testable import PingoraConfig

@Suite("YAMLLimits")
struct YAMLLimitsTests {
    @Test(
        "bounds the size of a file",
        arguments: [(-1, []), (0, []), (1, ["f:1:1: the file is larger than 1MiB"])])
    func bytes(beyond: Int, expected: [String]) {
        let count = YAMLLimits.bytes + beyond - 5
        #expect(problems("a: 1#" + String(repeating: "x", count: count)) == expected)
    }

    @Test(
        "bounds how deep values stand within each other",
        arguments: [(-1, []), (0, []), (1, ["f:1:33: nested more than 32 deep"])])
    func depth(beyond: Int, expected: [String]) {
        let count = YAMLLimits.depth + beyond
        let text = String(repeating: "[", count: count) + String(repeating: "]", count: count)
        #expect(problems(text) == expected)
    }

    @Test(
        "bounds the number of values",
        arguments: [(-1, []), (0, []), (1, ["f:1:400000: more than 200000 values in the file"])])
    func nodes(beyond: Int, expected: [String]) {
        // The list itself is one of them.
        let count = YAMLLimits.nodes + beyond - 1
        #expect(problems("[" + String(repeating: "1,", count: count) + "]") == expected)
    }

    @Test("stops at the first value too many, so that a bomb costs nothing")
    func bomb() {
        let bomb = String(repeating: "[", count: YAMLLimits.bytes)
        #expect(problems(bomb) == ["f:1:33: nested more than 32 deep"])
        let laughs = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"
        #expect(problems(laughs).count == 6)
    }
}
