// swift-tools-version: 6.2
import PackageDescription

/// One program per file. The package stands apart so that it can use only what is `public`.
let names = [
    "QuickStart", "RoutingByPath", "ChangingHeaders", "RequestContext", "RejectingEarly",
    "Upgrading", "Origins",
]

func program(_ name: String) -> Target {
    .executableTarget(
        name: name,
        dependencies: [.product(name: "Pingora", package: "pingora")],
        path: "Programs",
        exclude: names.filter { $0 != name }.map { $0 + ".swift" },
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
    targets: names.map(program)
)
