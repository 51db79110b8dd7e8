import CLinux

/// The clock that tells the date (CLOCK_REALTIME). It may jump; never measure with it.
package enum WallClock {
    /// Nanoseconds since 1970.
    package static var nanoseconds: Int64 { clinux_realtime() }
}
