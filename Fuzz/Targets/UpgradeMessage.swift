import HTTPProperties

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    Property.fuzz("upgrade-message", bytes, count, MessageProperty.violation)
    return 0
}
