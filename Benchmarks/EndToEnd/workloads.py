"""The workloads, in the order in which they run, and one round of a load."""

import time
from dataclasses import dataclass
from pathlib import Path

import cpu
import origin
import wrk
from running import Bench, running

WARM_UP_SECONDS = 1
# One connection per request uses up the 28 000 ephemeral ports of a destination within seconds.
# Linux takes them again from TIME_WAIT on loopback; a short run at a fresh port needs it least.
CLOSING_SECONDS_LIMIT = 2
LOG_FLUSH_SECONDS = 5


@dataclass(frozen=True)
class Load:
    """Requests as fast as the peer answers them."""

    name: str
    title: str
    path: str
    connections: int
    closing: bool = False
    access_log: bool = False


LOADS = [
    Load("64conn_1k", "64 keep-alive connections, 1 KiB", origin.ONE_KIB, 64),
    Load("1conn_1k", "1 keep-alive connection, 1 KiB", origin.ONE_KIB, 1),
    Load("connection_per_request", "a connection per request, 32 at a time, 1 KiB",
         origin.ONE_KIB, 32, closing=True),
    Load("100k", "32 keep-alive connections, 100 KiB", origin.HUNDRED_KIB, 32),
    Load("access_log", "64 keep-alive connections, 1 KiB, access log to a file",
         origin.ONE_KIB, 64, access_log=True),
]
IDLE, SYSTEM_CALLS, ALLOCATIONS = "idle", "syscalls", "allocations"
FIRST_REQUEST = "first_request"
NAMES = [load.name for load in LOADS] + [IDLE, SYSTEM_CALLS, ALLOCATIONS, FIRST_REQUEST]


def run_round(load: Load, peer, bench: Bench, seconds: float) -> dict:
    """Warm-up, then one measured run. `errors` counts both, and
    access log lines that are missing."""
    if load.closing:
        seconds = min(seconds, CLOSING_SECONDS_LIMIT)
    with running(peer, bench, load.access_log) as target:
        def drive(duration):
            return wrk.run(target.url(load.path), load.connections, duration,
                           bench.directory, bench.cores.client, load.closing)
        warm_up = drive(WARM_UP_SECONDS)
        used, waited = cpu.cpu_seconds(target.process.pid), cpu.waited_seconds(target.process.pid)
        report = drive(seconds)
        used = cpu.cpu_seconds(target.process.pid) - used
        waited = cpu.waited_seconds(target.process.pid) - waited
        missing = 0
        if load.access_log:
            missing = missing_lines(target.access_log, warm_up.requests + report.requests)
    return {
        "cpu_us": used / max(1, report.requests) * 1e6,
        "requests_per_second": report.requests / report.seconds,
        "p50_us": report.p50_microseconds,
        "p99_us": report.p99_microseconds,
        "core_busy": used / report.seconds,
        "waited": waited / report.seconds,
        "requests": report.requests,
        "errors": warm_up.errors + report.errors + missing + (report.requests == 0),
    }


def missing_lines(log: Path, wanted: int) -> int:
    """How many access log lines never arrived; a log that drops lines is cheap but no log."""
    deadline = time.monotonic() + LOG_FLUSH_SECONDS
    while True:
        lines = log.read_bytes().count(b"\n") if log.exists() else 0
        if lines >= wanted or time.monotonic() > deadline:
            return max(0, wanted - lines)
        time.sleep(0.2)
