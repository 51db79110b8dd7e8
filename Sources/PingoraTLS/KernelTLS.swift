import CTLS

/// TLS in the kernel (kTLS, Documentation/networking/tls.rst): it saves a copy where much is sent.
enum KernelTLS {
    /// Whether this system's kernel has it, found out once.
    static let isOffered = ctls_kernel_offers_tls() != 0
}
