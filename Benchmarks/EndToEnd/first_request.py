"""Milliseconds from the start of the process to its first 200. Not pinned: like a real start."""

import tempfile
import time
from pathlib import Path

import origin
import ports
import processes
from running import Bench

STARTS = 10


def run_round(peer, bench: Bench) -> dict:
    """One start. The poll interval (0.2 ms) and fork + exec are part of the figure."""
    with tempfile.TemporaryDirectory(prefix="first-", dir=bench.directory) as name:
        directory = Path(name)
        directory.chmod(0o777)
        port = ports.free_port()
        command = peer.command(directory, port, bench.origin_port, None)
        began = time.perf_counter()
        child = processes.start(command, directory / "output")
        try:
            ports.wait_for_200(port, origin.TINY, lambda: processes.is_alive(child))
            return {"milliseconds": (time.perf_counter() - began) * 1e3, "errors": 0}
        finally:
            processes.stop(child)
