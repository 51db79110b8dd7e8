/// The arrows between the modules (docs/ARCHITECTURE.md): what each folder may import.
enum Imports {
    /// The standard library's own modules and the C library.
    private static let system: Set<String> = ["Glibc", "Synchronization"]
    private static let withFoundation = system.union(["Foundation", "FoundationEssentials"])

    /// The longest folder that a path begins with decides.
    static let allowed: [String: Set<String>] = [
        "Sources/PingoraHTTP/": [],
        "Sources/PingoraUpgrade/": system.union(["CLinux"]),
        "Sources/PingoraCore/": system.union(["CLinux", "PingoraUpgrade"]),
        "Sources/PingoraTLS/": system.union(["COpenSSL", "CTLS", "PingoraCore"]),
        "Sources/PingoraLB/": system.union(["PingoraCore", "PingoraHTTP"]),
        "Sources/PingoraLB/Selection/": ["Synchronization"],
        "Sources/PingoraProxy/": system.union(["PingoraCore", "PingoraHTTP"]),
        "Sources/PingoraConfig/": withFoundation.union(["CYAML"]),
        "Sources/PingoraGateway/": withFoundation.union([
            "PingoraConfig", "PingoraCore", "PingoraHTTP", "PingoraLB", "PingoraProxy",
            "PingoraTLS", "PingoraUpgrade",
        ]),
        "Sources/Pingora/": [
            "PingoraCore", "PingoraHTTP", "PingoraLB", "PingoraProxy", "PingoraTLS",
        ],
        "Sources/pingora-lb/": withFoundation.union([
            "PingoraConfig", "PingoraCore", "PingoraGateway",
        ]),
    ]

    static func violations(_ file: SourceFile) -> [Violation] {
        guard file.path.hasPrefix("Sources/") else { return [] }
        let folders = allowed.keys.filter(file.path.hasPrefix)
        guard let folder = folders.max(by: { $0.count < $1.count }), let modules = allowed[folder]
        else {
            return [
                file.violation(0, "a new module: say in TidyTests/Rules/Imports what it imports")
            ]
        }
        return file.lines.indices.compactMap { index in
            guard let module = module(file.lines[index].code), !modules.contains(module) else {
                return nil
            }
            let list = modules.isEmpty ? "nothing" : modules.sorted().joined(separator: ", ")
            return file.violation(
                index, "imports \(module), but \(folder) imports only \(list): move the code")
        }
    }

    /// The module that a line imports: `Glibc` in `package import struct Glibc.stat`.
    static func module(_ code: String) -> String? {
        let words = code.split { $0 == " " || $0 == ";" }
        guard let position = words.firstIndex(of: "import"),
            words[..<position].allSatisfy({ $0.hasPrefix("@") || modifiers.contains($0) })
        else { return nil }
        let kinds: Set<Substring> = [
            "struct", "class", "enum", "protocol", "func", "var", "let", "typealias",
        ]
        let named = words[(position + 1)...].first { !kinds.contains($0) }
        return named?.split(separator: ".").first.map(String.init)
    }

    private static let modifiers: Set<Substring> = [
        "public", "package", "internal", "fileprivate", "private",
    ]
}
