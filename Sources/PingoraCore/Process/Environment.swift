import Glibc

/// The variables that the process was started with.
enum Environment {
    /// The value of a variable; nil where it is not set.
    static subscript(_ name: String) -> String? {
        // SAFETY: the text is copied before anybody could change the variable.
        guard let value = unsafe getenv(name) else { return nil }
        return unsafe String(cString: value)
    }

    /// Removes a variable. Only before a second thread starts, which might be reading it.
    static func remove(_ name: String) {
        // SAFETY: the name lives during the call.
        unsafe unsetenv(name)
    }
}
