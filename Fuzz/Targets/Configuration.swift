import Glibc

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: bytes, count: count))
    guard let violation = ConfigurationProperty.violation(input) else { return 0 }
    // An optimised build leaves the message of a precondition out.
    let message = Array("configuration: \(violation)\n".utf8)
    _ = write(STDERR_FILENO, message, message.count)
    preconditionFailure("a property does not hold")
}
