/// Violations that are older than the rule. This list may only shrink.
enum KnownViolations {
    static let longLines: Set<String> = [
        "Benchmarks/Micro/Sources/Micro/Micro.swift",
        "Sources/PingoraCore/Diagnostics/LogWriter.swift",
        "Sources/PingoraCore/Loop/Readiness.swift",
        "Sources/PingoraCore/Loop/Poller.swift",
        "Sources/PingoraCore/Loop/TimerWheel.swift",
        "Sources/PingoraCore/Sockets/SocketAddress+Kernel.swift",
        "Sources/PingoraHTTP/Parsing/RequestParser.swift",
        "Tests/PingoraCoreTests/Listener+Test.swift",
        "Tests/PingoraCoreTests/SimulatedEchoTests.swift",
        "Tests/PingoraCoreTests/SocketAddressTests.swift",
        "Tests/PingoraCoreTests/TimerWheelTests.swift",
    ]

    static let unexplained: Set<String> = [
        "Tests/PingoraCoreTests/SimulatedEchoTests.swift"
    ]

    static let traps: Set<String> = [
        "Tests/TestSupport/Simulation/SimulatedSocket.swift",
        "Tests/TestSupport/Simulation/SimulatedTable.swift",
    ]
}
