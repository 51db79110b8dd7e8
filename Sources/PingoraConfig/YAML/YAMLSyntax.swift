/// libyaml's errors in words that help whoever wrote the file.
enum YAMLSyntax {
    /// A byte that is no UTF-8, or a control character.
    static func badCharacter(at position: TextPosition, reason: String) -> ConfigurationProblem {
        let message =
            reason.contains("control")
            ? "a control character is not allowed"
            : "not UTF-8 (\(reason)): save the file as UTF-8"
        return ConfigurationProblem(at: position, path: "", message: message)
    }

    /// An error of the grammar; `beginning` is where what `context` names begins, `byte` stands at
    /// `position`.
    static func problem(
        at position: TextPosition, reason: String, context: String?, beginning: TextPosition,
        byte: UInt8?
    ) -> ConfigurationProblem {
        if let message = mistake(reason: reason, context: context, byte: byte) {
            // A wildcard is found by what follows it, but begins where the context does.
            let isWildcard = context?.hasSuffix("an alias") ?? false
            return ConfigurationProblem(
                at: isWildcard ? beginning : position, path: "", message: message)
        }
        var message = "not valid YAML: \(reason)"
        if let context {
            message += " \(context)"
            // A place that is the same tells nothing new.
            if beginning != position {
                message += " that begins at \(beginning.line):\(beginning.column)"
            }
        }
        return ConfigurationProblem(at: position, path: "", message: message)
    }

    /// The mistakes that everybody makes once.
    private static func mistake(reason: String, context: String?, byte: UInt8?) -> String? {
        if byte == 0x09 || reason.contains("tab character") {
            return "a tab is not allowed here: indent with spaces"
        }
        if context?.hasSuffix("an alias") ?? false {
            return "a value that begins with * has to stand in quotes, such as \"*.example.com\""
        }
        if reason.contains("node content"), byte == 0x3a {
            return "a value that begins with [ has to stand in quotes, such as \"[::1]:80\""
        }
        if reason.contains("expected key"), byte == 0x3a {
            return "an address such as \"[::1]:80\" has to stand in quotes"
        }
        if reason.contains("cannot start any token"), let byte, 0x21..<0x7f ~= byte {
            return "a value that begins with \(Unicode.Scalar(byte)) has to stand in quotes"
        }
        return nil
    }
}
