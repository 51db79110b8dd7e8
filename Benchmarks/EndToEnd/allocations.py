"""Calls of malloc per request, counted by a library that is preloaded (CountAllocations.c)."""

import os
import struct
import subprocess
from contextlib import contextmanager
from pathlib import Path

import origin
import wrk
from running import Bench, running

SECONDS = 2
CONNECTIONS = 64
SOURCE = Path(__file__).with_name("CountAllocations.c")


def run_round(peer, bench: Bench) -> dict:
    """Keep-alive requests and connections of one request each, after a warm-up of both."""
    counter = bench.directory / "allocations"
    counter.write_bytes(bytes(8))
    counter.chmod(0o666)  # nginx drops to another user
    entry = {"errors": 0}
    with preloaded(library(bench.directory), counter), running(peer, bench) as target:
        def drive(closing):
            return wrk.run(target.url(origin.ONE_KIB), CONNECTIONS, SECONDS, bench.directory,
                           bench.cores.client, closing)
        for closing, name in ((False, "per_request"), (True, "per_connection")):
            drive(closing)
            before = count(counter)
            report = drive(closing)
            entry[name] = (count(counter) - before) / max(1, report.requests)
            entry["errors"] += report.errors + (report.requests == 0)
    return entry


def library(directory: Path) -> Path:
    built = directory / "count-allocations.so"
    if not built.exists():
        subprocess.run(["cc", "-O2", "-fPIC", "-shared", "-o", str(built), str(SOURCE)], check=True)
    return built


def count(counter: Path) -> int:
    return struct.unpack("Q", counter.read_bytes()[:8])[0]


@contextmanager
def preloaded(built: Path, counter: Path):
    """The environment of the peer that is started meanwhile."""
    added = {"LD_PRELOAD": str(built), "ALLOCATION_COUNT": str(counter)}
    os.environ.update(added)
    try:
        yield
    finally:
        for name in added:
            del os.environ[name]
