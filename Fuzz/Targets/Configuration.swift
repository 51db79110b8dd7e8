import HTTPProperties

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    Property.fuzz("configuration", bytes, count, ConfigurationProperty.violation)
    return 0
}
