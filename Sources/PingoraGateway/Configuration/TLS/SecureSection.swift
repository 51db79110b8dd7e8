import PingoraConfig
import PingoraTLS

/// A `tls` of the file, with the places that the errors of its files belong to.
struct SecureSection {
    enum Options {
        case listener(TLSServerOptions)
        case upstream(TLSClientOptions)
    }

    /// The whole of it.
    let place: ConfigurationValue
    /// What stands for each file, by its path.
    var paths: [String: ConfigurationValue] = [:]
    /// What stands for each host name, in lower case.
    var names: [String: ConfigurationValue] = [:]
    /// As far as they could be read.
    var options: Options

    /// Reads the files as a start would, and reports what is wrong with them. Nothing is written.
    func check() {
        switch options {
        case .listener(let options): check(options)
        case .upstream(var options):
            options.keyLogFile = nil
            do throws(TLSError) {
                _ = try TLSClientContext(options)
            } catch {
                report(error)
            }
        }
    }

    /// Each certificate alone, so that one look finds what is wrong with all of them.
    private func check(_ options: TLSServerOptions) {
        var plain = options
        (plain.keyLogFile, plain.clientCertificates) = (nil, .none)
        var isWhole = true
        for certificate in options.certificates {
            plain.certificates = [certificate]
            isWhole = canServe(plain) && isWhole
        }
        guard isWhole, options.clientCertificates != .none else { return }
        plain.clientCertificates = options.clientCertificates
        _ = canServe(plain)
    }

    private func canServe(_ options: TLSServerOptions) -> Bool {
        do throws(TLSError) {
            _ = try TLSServerContext(options, ticketKeys: try TicketKeys())
            return true
        } catch {
            report(error)
            return false
        }
    }

    private func report(_ error: TLSError) {
        place(of: error).report("\(error)")
    }

    private func place(of error: TLSError) -> ConfigurationValue {
        switch error {
        case .file(let path, _), .wrongKey(let path, _), .chainOutOfOrder(let path, _),
            .expired(let path, _, _), .notYetValid(let path, _, _):
            paths[path] ?? place
        case .uncoveredName(let name, _, _), .badName(let name, _):
            names[name.lowercased()] ?? place
        case .noCertificate, .noServerName, .badTicketKeys, .library: place
        }
    }
}
