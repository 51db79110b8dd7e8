import Glibc

/// How long anything in these tests may take before it has failed; a busy machine needs a lot.
let patienceSeconds = 60.0

/// Seconds since the machine started.
func monotonicSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// Asks again and again until `condition` holds; false if it did not within `seconds`.
func eventually(
    within seconds: Double = patienceSeconds, _ condition: () throws -> Bool
) rethrows -> Bool {
    let deadline = monotonicSeconds() + seconds
    while try !condition() {
        if monotonicSeconds() > deadline { return false }
        usleep(2000)
    }
    return true
}
