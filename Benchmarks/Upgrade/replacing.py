"""Replaces a running proxy again and again under load, and looks at its processes meanwhile."""

import time
from pathlib import Path

import processes
from load import Load, Origin
from proxies.proxy import free_port

LOOK_AFTER_SECONDS = 1.0
WATCH_SECONDS = 0.1


class Replacing:
    """One run. What it saw is in its properties."""

    def __init__(self, proxy_class, directory: Path, load_options: list[str], live: bool):
        self.proxy_class, self.directory = proxy_class, directory
        self.options = load_options + (["--live"] if live else [])
        self.counts: dict = {}
        self.at_start = 0
        self.done = 0
        self.forced = 0
        self.left_after: list[int] = []       # processes, 1 s after each replacement
        self.descriptors: list[int] = []      # of the process in the pid file, likewise
        self.seconds_to_replace: list[float] = []
        self.inode_kept = True
        self._replaced_at: dict[int, float] = {}
        self.lingered: dict[int, float] = {}  # seconds that a replaced process was still there

    def run(self, times: int, between_seconds: float, warm_up_seconds: float) -> None:
        origin = load = None
        try:
            origin = Origin()
            self.proxy = self.proxy_class(self.directory, free_port(), origin.port)
            self.proxy.start()
            self.inodes = processes.listening_inodes(self.proxy.port)
            load = Load(self.proxy.port, *self.options)
            self._watch(warm_up_seconds)
            self.at_start = len(processes.of_proxy())
            for _ in range(times):
                self._replace()
                self._watch(between_seconds)
            self.old_at_end = len(set(self._replaced_at) & processes.of_proxy())
            self.counts = load.finish()
        finally:
            for process in (load, origin):
                if process:
                    process.stop()
            processes.end_all()

    def _replace(self) -> None:
        if self.proxy.make_way(set(self._replaced_at) & processes.of_proxy()):
            self.forced += 1
        before = processes.of_proxy()
        started = time.monotonic()
        self.proxy.replace()
        self.seconds_to_replace.append(time.monotonic() - started)
        for pid in before - {self.proxy.main_pid()}:
            self._replaced_at.setdefault(pid, started)
        self.done += 1
        self._watch(LOOK_AFTER_SECONDS)
        self.left_after.append(len(processes.of_proxy()))
        self.descriptors.append(processes.descriptors(self.proxy.main_pid()))
        self.inode_kept &= processes.listening_inodes(self.proxy.port) == self.inodes

    def _watch(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            now = time.monotonic()
            for pid in set(self._replaced_at) & processes.of_proxy():
                self.lingered[pid] = now - self._replaced_at[pid]
            time.sleep(WATCH_SECONDS)
