// swift-tools-version: 6.2
import PackageDescription

/// One program per file. The package stands apart so that it can use only what is `public`.
func program(_ name: String) -> Target {
    .executableTarget(
        name: name,
        dependencies: [.product(name: "Pingora", package: "pingora")],
        path: "Programs",
        sources: [name + ".swift"],
        swiftSettings: [
            .swiftLanguageMode(.v6),
            .treatAllWarnings(as: .error),
            .enableUpcomingFeature("ExistentialAny"),
            .enableUpcomingFeature("MemberImportVisibility"),
            .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
        ])
}

let package = Package(
    name: "examples",
    dependencies: [.package(name: "pingora", path: "..")],
    targets: [
        program("QuickStart"),
        program("RoutingByPath"),
        program("ChangingHeaders"),
        program("RequestContext"),
        program("RejectingEarly"),
        program("Origins"),
    ]
)
