import CLinux
import Glibc

/// Signals that came while nobody waited for one.
enum Signals {
    /// Whether SIGTERM or SIGINT has come. Takes one signal, of whatever kind.
    static func wantEnd() -> Bool {
        let signal = clinux_wait_signal(0)
        return signal == SIGTERM || signal == SIGINT
    }
}
