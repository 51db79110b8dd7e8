// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "micro",
    dependencies: [.package(name: "pingora", path: "../..")],
    targets: [
        // Replaces malloc and its family in this executable, to count calls.
        .target(name: "CAllocationCounter"),
        .executableTarget(
            name: "Micro",
            dependencies: [
                "CAllocationCounter",
                .product(name: "PingoraHTTP", package: "pingora"),
                .product(name: "PingoraLB", package: "pingora"),
            ],
            swiftSettings: [
                .swiftLanguageMode(.v6),
                .treatAllWarnings(as: .error),
                .enableUpcomingFeature("ExistentialAny"),
                .enableUpcomingFeature("MemberImportVisibility"),
            ]),
    ]
)
