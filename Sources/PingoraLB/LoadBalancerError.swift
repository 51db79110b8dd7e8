/// Why a load balancer cannot be made.
public enum LoadBalancerError: Error, Hashable {
    /// The text is no address: neither IPv4 nor IPv6 with a port, nor a Unix path.
    case invalidAddress(String)
}

extension LoadBalancerError: CustomStringConvertible {
    /// One line for the operator; the offending text is escaped and cut after 100 scalars.
    public var description: String {
        switch self {
        case .invalidAddress(let text):
            let shown = String(text.unicodeScalars.prefix(100))
            return "invalid backend address: expected 1.1.1.1:443, [::1]:443 or unix:/path, "
                + "got \(shown.debugDescription)"
        }
    }
}
