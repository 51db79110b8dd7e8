// swift-tools-version: 6.2
import PackageDescription

/// One set of rules for every module: Swift 6 mode, strict memory safety, warnings are errors.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .strictMemorySafety(),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableExperimentalFeature("Lifetimes"),
]

/// Tests keep the language mode and the warnings, and may touch raw memory without ceremony.
let strictTests: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(
    _ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []
) -> Target {
    .testTarget(
        name: name, dependencies: dependencies + ["TestSupport"],
        exclude: exclude, resources: [], swiftSettings: strictTests)
}

let package = Package(
    name: "pingora",
    products: [
        .library(name: "Pingora", targets: ["Pingora"]),
        .library(name: "PingoraHTTP", targets: ["PingoraHTTP"]),
        .library(name: "PingoraCore", targets: ["PingoraCore"]),
        .library(name: "PingoraLB", targets: ["PingoraLB"]),
        .library(name: "PingoraUpgrade", targets: ["PingoraUpgrade"]),
        .library(name: "PingoraProxy", targets: ["PingoraProxy"]),
        .library(name: "PingoraTLS", targets: ["PingoraTLS"]),
        .library(name: "PingoraConfig", targets: ["PingoraConfig"]),
        .library(name: "PingoraGateway", targets: ["PingoraGateway"]),
        .executable(name: "pingora-lb", targets: ["pingora-lb"]),
    ],
    targets: [
        // C: what Glibc's module does not expose, libyaml, and OpenSSL.
        .target(name: "CLinux", linkerSettings: [.linkedLibrary("resolv")]),
        .systemLibrary(
            name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),

        .systemLibrary(
            name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .target(name: "CTLS", dependencies: ["CLinux", "COpenSSL"]),

        // The modules, in the order of what they import (docs/ARCHITECTURE.md).
        module("PingoraHTTP"),
        module("PingoraUpgrade", ["CLinux"]),
        module("PingoraCore", ["CLinux", "PingoraUpgrade"]),
        module("PingoraTLS", ["COpenSSL", "CTLS", "PingoraCore"]),
        module("PingoraLB", ["PingoraCore", "PingoraHTTP"]),
        module("PingoraProxy", ["PingoraCore", "PingoraHTTP"]),
        module("PingoraConfig", ["CYAML"]),
        module(
            "PingoraGateway",
            [
                "PingoraConfig", "PingoraCore", "PingoraHTTP", "PingoraLB", "PingoraProxy",
                "PingoraTLS",
            ]),
        module("Pingora", ["PingoraCore", "PingoraHTTP", "PingoraLB", "PingoraProxy"]),
        .executableTarget(
            name: "pingora-lb", dependencies: ["PingoraConfig", "PingoraCore", "PingoraGateway"],
            swiftSettings: strict),

        // Tests mirror Sources.
        .target(
            name: "TestSupport", dependencies: ["CLinux"], path: "Tests/TestSupport",
            swiftSettings: strictTests),
        .target(
            name: "HTTPProperties", dependencies: ["PingoraHTTP"], path: "Fuzz/Properties",
            swiftSettings: strictTests),
        tests("PingoraHTTPTests", ["PingoraHTTP", "HTTPProperties"], exclude: ["Golden"]),
        tests("PingoraUpgradeTests", ["PingoraUpgrade", "CLinux"]),
        // Started by tests, for what would change the process that runs them.
        .executableTarget(
            name: "DaemonProbe", dependencies: ["PingoraCore", "CLinux"],
            path: "Tests/DaemonProbe", swiftSettings: strictTests),
        tests("PingoraCoreTests", ["PingoraCore", "CLinux", "DaemonProbe"]),
        tests("PingoraTLSTests", ["COpenSSL", "CLinux", "PingoraCore", "PingoraTLS"]),
        tests("PingoraLBTests", ["PingoraLB", "PingoraCore", "CLinux"], exclude: ["Golden"]),
        tests("PingoraProxyTests", ["PingoraProxy", "PingoraCore", "PingoraHTTP"]),
        tests("PingoraConfigTests", ["PingoraConfig"]),
        tests(
            "PingoraGatewayTests",
            [
                "PingoraConfig", "PingoraCore", "PingoraGateway", "PingoraHTTP", "PingoraLB",
                "PingoraProxy",
            ],
            exclude: ["Golden"]),
        tests(
            "PingoraLBCommandTests",
            ["PingoraConfig", "PingoraCore", "PingoraGateway", "pingora-lb"],
            exclude: ["Golden"]),
        // Takes over from pingora-lb, and fails at it as its test wants.
        .executableTarget(
            name: "FaultySuccessor", dependencies: ["Pingora"], path: "Tests/FaultySuccessor",
            swiftSettings: strictTests),
        tests("IntegrationTests", ["pingora-lb", "PingoraLB", "CLinux", "FaultySuccessor"]),
        tests("TidyTests", []),
    ]
)
