import Glibc
import PingoraCore

/// The file of the secrets of connections, which only its owner may read.
final class KeyLogFile: Sendable {
    private let descriptor: FileDescriptor
    var number: CInt { descriptor.number }

    init(_ path: String) throws(TLSError) {
        do {
            descriptor = try FileDescriptor.open(
                path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, mode: 0o600)
        } catch {
            throw .file(path, reason: "\(error)")
        }
    }
}
