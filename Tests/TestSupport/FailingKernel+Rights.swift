import CLinux

/// The calls with which two processes on one machine meet and pass descriptors to each other.
extension FailingKernel {
    public enum RightsCall: String, CaseIterable, Sendable {
        case socketpair, lchown, peer, poll, sendRights, receiveRights
    }

    /// Fails the call of the given kind that comes `number`th from now, with `code`.
    public func fail(_ call: RightsCall, number: Int, with code: CInt) {
        fail(call.rawValue, number: number, with: code)
    }

    /// Makes the call on the wrapped kernel, or fails it.
    func pass<Result: SignedInteger>(_ call: RightsCall, _ body: () -> Result) -> Result {
        pass(call.rawValue, body)
    }

    func socketPair(
        _ domain: CInt, _ type: CInt, _ number: CInt, _ ends: UnsafeMutablePointer<CInt>
    ) -> CInt {
        let result = pass(.socketpair) { clinux_socketpair(domain, type, number, ends) }
        if result == 0 { open.formUnion([ends[0], ends[1]]) }
        return result
    }

    func sendRights(
        _ fd: CInt, _ bytes: UnsafeRawPointer, _ count: Int, _ rights: UnsafePointer<CInt>?,
        _ rightsCount: Int
    ) -> Int {
        pass(.sendRights) {
            clinux_send_rights(fd, bytes, min(count, pieceSize), rights, rightsCount)
        }
    }

    func receiveRights(
        _ fd: CInt, _ bytes: UnsafeMutableRawPointer, _ count: Int,
        _ rights: UnsafeMutablePointer<CInt>, _ rightsCount: UnsafeMutablePointer<Int>,
        _ isTruncated: UnsafeMutablePointer<CInt>
    ) -> Int {
        let code = fault(in: RightsCall.receiveRights.rawValue)
        if let code, code != 0 { return -Int(code) }
        let received = forward {
            clinux_recv_rights(fd, bytes, min(count, pieceSize), rights, rightsCount, isTruncated)
        }
        guard received >= 0 else { return received }
        if code != nil, rightsCount.pointee > 0 {
            rightsCount.pointee -= 1
            _ = forward { clinux_close(rights[rightsCount.pointee]) }
            isTruncated.pointee = 1
        }
        open.formUnion(UnsafeBufferPointer(start: rights, count: rightsCount.pointee))
        return received
    }
}
