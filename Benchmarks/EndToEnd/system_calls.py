"""System calls per request: a short load while strace counts. Its times mean nothing."""

import re
import signal
import time

import cpu
import origin
import processes
import wrk
from running import Bench, running

SECONDS = 2
CONNECTIONS = 64


def run_round(peer, bench: Bench) -> dict:
    with running(peer, bench) as target:
        warm_up = wrk.run(target.url(origin.ONE_KIB), CONNECTIONS, 1,
                          bench.directory, bench.cores.client)
        table = bench.directory / "strace.table"
        table.unlink(missing_ok=True)
        command = ["strace", "--summary-only", "--follow-forks", "--output", str(table)]
        for process in cpu.tree(target.process.pid):
            command += ["--attach", str(process)]
        tracer = processes.start(command, bench.directory / "strace.out", bench.cores.origin)
        try:
            _wait_until_traced(target.process.pid)
            report = wrk.run(target.url(origin.ONE_KIB), CONNECTIONS, SECONDS,
                             bench.directory, bench.cores.client)
            tracer.send_signal(signal.SIGINT)
            tracer.wait(10)
        finally:
            processes.stop(tracer)
        calls = {name: count / max(1, report.requests)
                 for name, count in parse(table.read_text()).items()}
    return {
        "calls_per_request": sum(calls.values()),
        "by_name": calls,
        "requests": report.requests,
        "errors": warm_up.errors + report.errors + (report.requests == 0),
    }


def parse(text: str) -> dict[str, int]:
    """Calls by name. Columns: % time, seconds, usecs/call, calls, [errors,] name."""
    calls = {}
    for line in text.splitlines():
        row = re.match(r"\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(?:\d+\s+)?(\w+)$", line)
        if row and row.group(2) != "total":
            calls[row.group(2)] = calls.get(row.group(2), 0) + int(row.group(1))
    return calls


def _wait_until_traced(root: int, limit_seconds: float = 5.0) -> None:
    deadline = time.monotonic() + limit_seconds
    while time.monotonic() < deadline:
        traced = [
            "TracerPid:\t0" not in open(f"/proc/{process}/status").read()
            for process in cpu.tree(root)
        ]
        if all(traced):
            return
        time.sleep(0.01)
    raise RuntimeError("strace did not attach")
