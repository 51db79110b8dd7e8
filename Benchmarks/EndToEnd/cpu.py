"""What the kernel says about a process and all its descendants: CPU time, waiting, memory."""

import os
from pathlib import Path

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def tree(root: int) -> list[int]:
    """`root` and its descendants, from the parent ids in /proc."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            fields = _stat_fields(int(entry.name))
            if fields:
                children.setdefault(int(fields[1]), []).append(int(entry.name))
    found = [root]
    for process in found:
        found.extend(children.get(process, []))
    return found


def cpu_seconds(root: int) -> float:
    """utime + stime of the tree, all threads, ended ones too. Resolution: one tick (10 ms)."""
    ticks = 0
    for process in tree(root):
        fields = _stat_fields(process)
        if fields:
            ticks += int(fields[11]) + int(fields[12])
    return ticks / TICKS_PER_SECOND


def waited_seconds(root: int) -> float:
    """How long threads of the tree were ready to run but had no core: the noise of the machine."""
    nanoseconds = 0
    for process in tree(root):
        for statistics in Path(f"/proc/{process}/task").glob("*/schedstat"):
            try:
                nanoseconds += int(statistics.read_text().split()[1])
            except (OSError, IndexError):
                continue
    return nanoseconds / 1e9


def memory_bytes(root: int) -> int:
    """PSS of the tree: resident pages, shared ones divided among their users."""
    kibibytes = 0
    for process in tree(root):
        try:
            lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        kibibytes += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return kibibytes * 1024


def _stat_fields(process: int) -> list[str]:
    """The fields of /proc/PID/stat after the name: [0] is the state, [1] the parent."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
