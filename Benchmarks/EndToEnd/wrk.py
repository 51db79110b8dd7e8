"""Runs wrk and reads its report."""

import re
from dataclasses import dataclass
from pathlib import Path

import processes

MICROSECONDS = {"us": 1.0, "ms": 1e3, "s": 1e6, "m": 6e7}


@dataclass(frozen=True)
class WrkReport:
    requests: int
    seconds: float
    p50_microseconds: float
    p99_microseconds: float
    errors: int


def run(
    url: str, connections: int, seconds: float, directory: Path, cores,
    closing: bool = False, script: Path | None = None,
) -> WrkReport:
    """One thread, `connections` connections. `closing` asks for a connection per request; `script`
    is one of Lua."""
    output = directory / "wrk.out"
    output.unlink(missing_ok=True)
    command = [
        "wrk", "--latency", "--threads", "1", "--connections", str(connections),
        "--duration", f"{max(1, round(seconds))}s", "--timeout", "5s",
    ]
    if closing:
        command += ["--header", "Connection: close"]
    if script:
        command += ["--script", str(script)]
    child = processes.start(command + [url], output, cores)
    try:
        status = child.wait(seconds + 30)
    finally:
        processes.stop(child)
    text = output.read_text()
    if status != 0:
        raise RuntimeError(f"wrk ended with status {status}:\n{text}")
    return parse(text)


def parse(text: str) -> WrkReport:
    total = re.search(r"(\d+) requests in ([\d.]+)(us|ms|s|m)\b", text)
    if not total:
        raise RuntimeError(f"no totals in the report of wrk:\n{text}")
    socket_errors = re.search(
        r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", text)
    wrong_status = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    errors = sum(map(int, socket_errors.groups())) if socket_errors else 0
    errors += int(wrong_status.group(1)) if wrong_status else 0
    return WrkReport(
        requests=int(total.group(1)),
        seconds=float(total.group(2)) * MICROSECONDS[total.group(3)] / 1e6,
        p50_microseconds=_percentile(text, 50),
        p99_microseconds=_percentile(text, 99),
        errors=errors)


def _percentile(text: str, percent: int) -> float:
    found = re.search(rf"^\s+{percent}%\s+([\d.]+)(us|ms|s|m)\s*$", text, re.MULTILINE)
    return float(found.group(1)) * MICROSECONDS[found.group(2)] if found else float("nan")
