/// A value that a test passes to a task on the same thread, which the compiler can't know.
public struct Unchecked<Value>: @unchecked Sendable {
    public let value: Value

    public init(_ value: Value) {
        self.value = value
    }
}
