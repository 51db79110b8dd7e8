import COpenSSL
import CTLS
import Glibc

/// The one owner of an X.509 certificate.
@safe final class Certificate {
    let pointer: OpaquePointer

    /// Takes over `pointer`, an `X509`.
    init(owning pointer: OpaquePointer) {
        unsafe self.pointer = unsafe pointer
    }

    deinit { unsafe X509_free(pointer) }

    /// The DNS names it is for, in lower case.
    var names: [String] {
        var names: [String] = []
        // SAFETY: the closure is called during the call only, with valid strings.
        unsafe withUnsafeMutablePointer(to: &names) { names in
            unsafe ctls_dns_names(pointer, names) { context, name, count in
                guard let context = unsafe context else { return }
                let bytes = unsafe UnsafeRawBufferPointer(start: name, count: count)
                let text = unsafe String(decoding: bytes, as: UTF8.self).lowercased()
                unsafe context.assumingMemoryBound(to: [String].self).pointee.append(text)
            }
        }
        return names
    }

    /// Its subject as RFC 2253 writes it: `CN=example.com,O=Example`.
    var subject: String {
        guard let memory = unsafe BIO_new(BIO_s_mem()) else { return "" }
        defer { unsafe BIO_free(memory) }
        let name = unsafe X509_get_subject_name(pointer)
        // Everything beyond ASCII is escaped, also ends of lines.
        _ = unsafe X509_NAME_print_ex(memory, name, 0, ctls_name_flags())
        return unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 1024) { bytes in
            let count = unsafe BIO_read(memory, bytes.baseAddress, CInt(bytes.count))
            return unsafe String(decoding: bytes.prefix(Int(max(0, count))), as: UTF8.self)
        }
    }

    /// The SHA-256 of its DER form, in lower-case hexadecimal digits.
    var fingerprint: String {
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: CUnsignedInt = 0
        // SAFETY: the digest has room for the longest there is.
        guard unsafe X509_digest(pointer, EVP_sha256(), &digest, &count) == 1 else { return "" }
        return Hexadecimal.text(of: digest.prefix(Int(count)))
    }

    /// Whether this one's key signed `other`, as far as names and uses tell.
    func issued(_ other: Certificate) -> Bool {
        unsafe X509_check_issued(pointer, other.pointer) == X509_V_OK
    }

    /// When it begins or ceases to be valid, seen from a time.
    enum Validity {
        case valid
        case expired(String)
        case notYetValid(String)
    }

    /// Whether it is valid at `seconds` since 1970.
    func validity(at seconds: Int) -> Validity {
        var time = time_t(seconds)
        let begin = unsafe X509_get0_notBefore(pointer)
        let end = unsafe X509_get0_notAfter(pointer)
        if unsafe X509_cmp_time(begin, &time) > 0 {
            return .notYetValid(unsafe Certificate.text(of: begin))
        }
        if unsafe X509_cmp_time(end, &time) < 0 {
            return .expired(unsafe Certificate.text(of: end))
        }
        return .valid
    }

    /// `2026-11-25 09:20:27 UTC`.
    private static func text(of time: UnsafePointer<ASN1_TIME>?) -> String {
        guard let time = unsafe time else { return "an unknown date" }
        return unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 32) { text in
            guard let start = text.baseAddress else { return "" }
            // SAFETY: the call writes a string that fits, with its end.
            unsafe ctls_time_text(time, start, text.count)
            return unsafe String(cString: start)
        }
    }
}
