import PingoraConfig
import PingoraCore
import PingoraProxy

extension ConfigurationReader {
    /// A listener of the file.
    private struct ListenerEntry {
        var address: SocketAddress
        /// What CONNECT may ask for.
        var connectPorts: [UInt16] = []
        /// nil: it speaks plain text.
        var tls: GatewayConfiguration.ListenerTLS?
        /// Where the address stands.
        var place: ConfigurationValue
    }

    private static let ports = 1...65_535

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
            guard let entry = readListener(element) else { continue }
            let (address, place) = (entry.address, entry.place)
            // Port 0 is a different free port each time.
            let isFixed = address.port != 0 || address.isUnix
            if let line = lines[address] {
                if isFixed {
                    place.report("\(place.node.shown) is a listener already, in line \(line)")
                    continue
                }
                // They are known by their addresses.
                if entry.connectPorts != configuration.proxy.connectPorts[address] ?? [] {
                    place.report("needs the connect_ports of the one in line \(line)")
                }
                if entry.tls != configuration.secureListeners[address] {
                    place.report("needs the tls of the one in line \(line)")
                }
            }
            lines[address] = place.node.position.line
            configuration.listeners.append(address)
            configuration.secureListeners[address] = entry.tls
            if !entry.connectPorts.isEmpty {
                configuration.proxy.connectPorts[address] = entry.connectPorts
            }
        }
    }

    /// `- address: 0.0.0.0:80`, or the address alone as servers have it.
    private mutating func readListener(_ element: ConfigurationValue) -> ListenerEntry? {
        if case .scalar = element.node.content {
            return element.socketAddress().map { ListenerEntry(address: $0, place: element) }
        }
        var found: ListenerEntry?
        element.section { section in
            let ports = section["connect_ports"].map(readPorts) ?? []
            let tls = section["tls"].flatMap { readListenerTLS($0) }
            guard let value = section["address"] else {
                return section.reportMissing("address", "missing: where to listen")
            }
            found = value.socketAddress().map {
                ListenerEntry(address: $0, connectPorts: ports, tls: tls, place: value)
            }
        }
        return found
    }

    private func readPorts(_ value: ConfigurationValue) -> [UInt16] {
        value.elements("a list of ports such as [443]").compactMap { element in
            element.integer(in: Self.ports).map { UInt16($0) }
        }
    }
}
