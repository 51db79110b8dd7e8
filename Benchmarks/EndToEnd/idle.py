"""Memory of idle keep-alive connections: growth of the peer's PSS divided by their count."""

import resource
import select
import subprocess
import sys
import time
from pathlib import Path

import cpu
import origin
import processes
from running import Bench, running

WANTED = 10_000
SETTLE_SECONDS = 5
SPARE_DESCRIPTORS = 1000
READY_SECONDS = 60
CLIENT = Path(__file__).with_name("idle_client.py")


def raise_descriptor_limit() -> int:
    """Raises RLIMIT_NOFILE of this process, and so of its children, as far as allowed."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for limit in (65536, hard):
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, max(limit, hard)))
            return limit
        except (ValueError, OSError):
            continue
    return soft


def connection_count(descriptor_limit: int) -> int:
    """10 000, or what the limit leaves. A peer needs a descriptor per client, and some spare."""
    return min(WANTED, descriptor_limit - SPARE_DESCRIPTORS)


def run_round(peer, bench: Bench, count: int) -> dict:
    with running(peer, bench) as target:
        time.sleep(0.5)
        before = cpu.memory_bytes(target.process.pid)
        command = [sys.executable, str(CLIENT), str(target.port), origin.ONE_KIB, str(count)]
        client = processes.start(
            command, bench.directory / "idle.out", bench.cores.client,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            opened, failed = _wait_until_ready(client)
            time.sleep(SETTLE_SECONDS)
            after = cpu.memory_bytes(target.process.pid)
        finally:
            processes.stop(client)
    return {
        "bytes_per_connection": (after - before) / max(1, opened),
        "before_bytes": before,
        "after_bytes": after,
        "connections": opened,
        "errors": failed,
    }


def _wait_until_ready(client) -> tuple[int, int]:
    """How many connections the client has opened, and how many failed."""
    if not select.select([client.stdout], [], [], READY_SECONDS)[0]:
        raise RuntimeError(f"the idle connections were not open after {READY_SECONDS} s")
    words = client.stdout.readline().split()
    if len(words) != 3:
        raise RuntimeError("the idle client failed")
    return int(words[1]), int(words[2])
