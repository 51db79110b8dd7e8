import Testing

@testable import PingoraConfig

@Suite("ConfigurationSection")
struct ConfigurationSectionTests {
    @Test(
        "reports keys that nobody asked for",
        arguments: [
            ("upstreams: 1", []),
            ("upstream: 1", ["f:1:1: unknown key 'upstream', did you mean 'upstreams'?"]),
            ("Threads: 1", ["f:1:1: unknown key 'Threads', did you mean 'threads'?"]),
            ("pid-file: 1", ["f:1:1: unknown key 'pid-file', did you mean 'pid_file'?"]),
            ("x: 1", ["f:1:1: unknown key 'x', expected upstreams, threads or pid_file"]),
            (
                #""a\n'b": 1"#,
                [#"f:1:1: unknown key 'a\n\'b', expected upstreams, threads or pid_file"#]
            ),
            (
                "threads: 1\nthread: 2\nx: 3",
                [
                    "f:2:1: unknown key 'thread', did you mean 'threads'?",
                    "f:3:1: unknown key 'x', expected upstreams, threads or pid_file",
                ]
            ),
        ] as [(String, [String])])
    func unknown(text: String, expected: [String]) {
        let reports = problems(text) { root in
            root.section { section in
                for key in ["upstreams", "threads", "pid_file"] { _ = section[key] }
            }
        }
        #expect(reports == expected)
    }

    @Test("names no keys where there are too many to help")
    func manyKeys() {
        let reports = problems("x: 1") { root in
            root.section { section in for number in 0..<13 { _ = section["long_\(number)"] } }
        }
        #expect(reports == ["f:1:1: unknown key 'x'"])
    }

    @Test("reports refused keys in their own words, missing ones at the section, all in order")
    func refused() {
        let reports = problems("a: {b: 1, c: x}") { root in
            root.section { section in
                section["a"]?.section { inner in
                    _ = inner["c"]?.integer(in: 0...1)
                    inner.refuse("b", "no effect")
                    inner.refuse("d", "not there")
                    inner.reportMissing("e", "missing")
                }
            }
        }
        #expect(
            reports == [
                "f:1:4: a.e: missing", "f:1:5: a.b: no effect",
                "f:1:14: a.c: expected an integer from 0 to 1, got \"x\"",
            ])
    }

    @Test(
        "takes nothing for an empty section, list or mapping", arguments: ["a:", "a: ~", "a: {}"])
    func nothing(text: String) {
        var count = 0
        let reports = problems(text) { root in
            root.section { section in
                section["a"]?.section { inner in if inner["b"] == nil { count += 1 } }
                count += section["a"]?.named().count ?? 5
            }
        }
        #expect(reports == [])
        #expect(count == 1)
    }

    @Test("says where in lists and mappings a value stands")
    func paths() {
        let reports = problems("a:\n  'x.y':\n    - 1\n    - q: 2\n") { root in
            root.section { section in
                for named in section["a"]?.named() ?? [] {
                    for element in named.value.elements() { element.report("here") }
                    named.reportName("this name")
                }
            }
        }
        #expect(
            reports == [
                "f:2:3: a.\"x.y\": this name", "f:3:7: a.\"x.y\"[0]: here",
                "f:4:7: a.\"x.y\"[1]: here",
            ])
    }

    @Test("reports a scalar where a section, a mapping or a list belongs, and reads nothing of it")
    func scalars() {
        let reports = problems("a: 1") { root in
            root.section { section in
                let value = section["a"]
                value?.section { $0.reportMissing("b", "never said") }
                #expect(value?.named("a mapping of names").isEmpty ?? false)
                #expect(value?.elements("a list of names").isEmpty ?? false)
            }
        }
        #expect(
            reports == [
                "f:1:4: a: expected a mapping, got \"1\"",
                "f:1:4: a: expected a mapping of names, got \"1\"",
                "f:1:4: a: expected a list of names, got \"1\"",
            ])
    }
}
