import Testing

@Suite("Imports")
struct ImportsTests {
    @Test(
        "refuses what is against the arrows",
        arguments: [
            ("PingoraHTTP/A.swift", "import Synchronization"),
            ("PingoraLB/Selection/A.swift", "import PingoraCore"),
            ("PingoraLB/A.swift", "import Foundation"),
            ("PingoraCore/A.swift", "internal import FoundationEssentials"),
            ("PingoraUpgrade/A.swift", "import PingoraCore"),
            ("PingoraProxy/Relay/A.swift", "public import PingoraLB"),
            ("PingoraProxy/A.swift", "import struct Foundation.Date"),
            ("PingoraCore/A.swift", "@preconcurrency package import class Dispatch.Queue"),
            ("Unheard/A.swift", "let x = 1"),
        ])
    func refuses(path: String, line: String) {
        #expect(Imports.violations(SourceFile(path: "Sources/" + path, line)).map(\.line) == [1])
    }

    @Test(
        "allows what follows them",
        arguments: [
            ("Sources/PingoraHTTP/A.swift", "// import Foundation\nlet important = \"import X\""),
            ("Sources/PingoraLB/Selection/A.swift", "import Synchronization"),
            ("Sources/PingoraLB/A.swift", "public import PingoraCore"),
            ("Sources/PingoraGateway/A.swift", "import Foundation\nimport PingoraLB"),
            ("Tests/ATests/A.swift", "import Foundation"),
        ])
    func allows(path: String, text: String) {
        #expect(Imports.violations(SourceFile(path: path, text)) == [])
    }

    @Test("says what the folder may import")
    func message() {
        let file = SourceFile(path: "Sources/PingoraHTTP/A.swift", "\nimport Glibc")
        #expect(
            Imports.violations(file).map(\.description) == [
                "Sources/PingoraHTTP/A.swift:2: imports Glibc, but Sources/PingoraHTTP/ imports "
                    + "only nothing: move the code"
            ])
    }
}
