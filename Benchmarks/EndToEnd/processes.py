"""Starts processes and ends exactly those, by their ids.

1. Each child leads its own process group, so Ctrl-C reaches this program only, and a group is
   ended by the id that we know.
2. Every child started is listed until it is reaped; `stop_all` runs whatever happened.
"""

import os
import signal
import subprocess
import time
from pathlib import Path

STOP_SECONDS = 3.0
_running: dict[int, subprocess.Popen] = {}


def start(command: list[str], log: Path, cores: set[int] | None = None, **options):
    """Starts `command` on `cores` (inherited, so no wrapper process); output goes to `log`."""
    before = os.sched_getaffinity(0)
    if cores:
        os.sched_setaffinity(0, cores)
    try:
        with open(log, "ab") as output:
            options.setdefault("stdin", subprocess.DEVNULL)
            options.setdefault("stdout", output)
            child = subprocess.Popen(
                command, stderr=output, start_new_session=True, **options)
    finally:
        os.sched_setaffinity(0, before)
    _running[child.pid] = child
    return child


def is_alive(child: subprocess.Popen) -> bool:
    return child.poll() is None


def stop(child: subprocess.Popen) -> None:
    """Ends the child's group: politely, then surely. Returns when the child is reaped."""
    _signal_group(child.pid, signal.SIGTERM)
    try:
        child.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        pass
    _wait_for_group(child.pid)
    _signal_group(child.pid, signal.SIGKILL)
    child.wait()
    _running.pop(child.pid, None)


def stop_all() -> None:
    for child in list(_running.values()):
        stop(child)


def stop_on_signals() -> None:
    """Turns SIGTERM and SIGHUP into an exception, so that every `finally` runs."""
    def leave(number, _frame):
        raise SystemExit(128 + number)
    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGHUP, leave)


def _signal_group(group: int, number: int) -> None:
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        pass


def _wait_for_group(group: int) -> None:
    """Workers may outlive their parent for a moment."""
    deadline = time.monotonic() + STOP_SECONDS
    while time.monotonic() < deadline:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return
        time.sleep(0.01)
