import PingoraConfig
import PingoraCore

extension ConfigurationReader {
    mutating func readListeners(_ section: inout ConfigurationSection) {
        guard let value = section["listeners"] else {
            if !supplied.contains(.listeners) {
                section.reportMissing(
                    "listeners", "missing: expected a list with an address such as 0.0.0.0:6188")
            }
            return
        }
        let elements = value.elements("a list of addresses")
        if elements.isEmpty, value.isListOrNothing {
            value.report("empty: expected at least one address such as 0.0.0.0:6188")
        }
        var lines: [SocketAddress: Int] = [:]
        for element in elements {
            guard let (address, place) = readListener(element) else { continue }
            // Port 0 is a different free port each time.
            let isFixed = address.port != 0 || address.isUnix
            if isFixed, let line = lines[address] {
                place.report("\(place.node.shown) is a listener already, in line \(line)")
                continue
            }
            lines[address] = place.node.position.line
            configuration.listeners.append(address)
        }
    }

    /// `- address: 0.0.0.0:80`, or the address alone as servers have it.
    private func readListener(
        _ element: ConfigurationValue
    ) -> (SocketAddress, ConfigurationValue)? {
        if case .scalar = element.node.content {
            return element.socketAddress().map { ($0, element) }
        }
        var found: (SocketAddress, ConfigurationValue)?
        element.section { section in
            guard let value = section["address"] else {
                return section.reportMissing("address", "missing: where to listen")
            }
            found = value.socketAddress().map { ($0, value) }
        }
        return found
    }
}
