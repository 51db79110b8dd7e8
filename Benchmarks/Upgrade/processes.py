"""Processes of a proxy that turns itself into a daemon: found and ended by their ids.

This process becomes the "subreaper" of all that it starts (prctl(2)): a daemon's parent is then
this process, not init, so the tree below us holds every process of the proxy, and nothing else.
"""

import ctypes
import os
import signal
import time

_PR_SET_CHILD_SUBREAPER = 36
_started_here: set[int] = set()


def adopt_daemons() -> None:
    library = ctypes.CDLL(None, use_errno=True)
    if library.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "PR_SET_CHILD_SUBREAPER")


def leave_out(pid: int) -> None:
    """This one is not of the proxy: the origin or the load."""
    _started_here.add(pid)


def of_proxy() -> set[int]:
    """All processes below this one that run, without those left out. Reaps the ended ones."""
    children: dict[int, list[int]] = {}
    ended = set()
    for name in os.listdir("/proc"):
        if name.isdigit() and (status := _status(int(name))):
            state, parent = status
            children.setdefault(parent, []).append(int(name))
            if state in "ZX":
                ended.add(int(name))
    found, look_at = set(), [os.getpid()]
    while look_at:
        for child in children.get(look_at.pop(), []):
            if child not in _started_here:
                found.add(child)
                look_at.append(child)
    for pid in ended & set(children.get(os.getpid(), [])) - _started_here:
        _reap(pid)
    return found - ended


def children_of(pid: int) -> set[int]:
    return {other for other in of_proxy() if (status := _status(other)) and status[1] == pid}


def is_alive(pid: int) -> bool:
    return pid in of_proxy()


def descriptors(pid: int) -> int:
    try:
        return len(os.listdir(f"/proc/{pid}/fd"))
    except OSError:
        return 0


def listening_inodes(port: int) -> set[str]:
    """The sockets that listen on 127.0.0.1:PORT: one that was handed over keeps its inode.

    Linux lists those that listen first, so the thousands that wait for their end aren't read.
    """
    local, listens = f"0100007F:{port:04X}", "0A"
    found = set()
    with open("/proc/net/tcp") as file:
        next(file)
        for row in map(str.split, file):
            if row[3] != listens:
                break
            if row[1] == local:
                found.add(row[9])
    return found


def wait_until(condition, what: str, limit_seconds: float = 10.0) -> None:
    deadline = time.monotonic() + limit_seconds
    while not condition():
        if time.monotonic() > deadline:
            raise RuntimeError(f"within {limit_seconds:.0f} s: not {what}")
        time.sleep(0.01)


def end_all() -> None:
    """Ends what is left of the proxy: politely, then surely."""
    for number, limit_seconds in ((signal.SIGTERM, 2.0), (signal.SIGKILL, 2.0)):
        for pid in of_proxy():
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass
        deadline = time.monotonic() + limit_seconds
        while of_proxy() and time.monotonic() < deadline:
            time.sleep(0.02)


def _status(pid: int) -> tuple[str, int] | None:
    """State and parent."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            fields = file.read().rpartition(")")[2].split()
        return fields[0], int(fields[1])
    except OSError:
        return None


def _reap(pid: int) -> None:
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        pass
