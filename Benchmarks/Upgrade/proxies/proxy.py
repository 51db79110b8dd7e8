"""What every proxy of the comparison can do."""

import os
import socket
import subprocess
from pathlib import Path

import processes

COMMAND_SECONDS = 30.0


class Proxy:
    """`name` is the column of the table, `how` its footnote."""

    name = how = ""

    def __init__(self, directory: Path, port: int, origin_port: int):
        self.directory, self.port, self.origin_port = directory, port, origin_port
        self.pid_file = directory / "proxy.pid"
        self.log = directory / "command.log"

    def start(self) -> None:
        """Starts it as a daemon; returns when it accepts."""
        raise NotImplementedError

    def replace(self) -> None:
        """An upgrade or a reload, as its manual says; returns when new requests go to the new."""
        raise NotImplementedError

    def make_way(self, old: set[int]) -> bool:
        """Ends old processes that would prevent the next replacement. True: there were some."""
        return False

    def main_pid(self) -> int:
        try:
            return int(self.pid_file.read_text())
        except (OSError, ValueError):
            return 0

    def accepts(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def run(self, *command) -> None:
        """Runs a command that starts a daemon; it has to end with 0."""
        self.finish(self.begin(*command))

    def begin(self, *command) -> subprocess.Popen:
        """Output goes to a file: a daemon that inherits a pipe would keep it open."""
        with open(self.log, "ab") as output:
            return subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL,
                                    stdout=output, stderr=output)

    def finish(self, command: subprocess.Popen) -> None:
        """Waits for the command, which has to end with 0."""
        try:
            status = f"status {command.wait(COMMAND_SECONDS)}"
        except subprocess.TimeoutExpired:
            status = f"not done within {COMMAND_SECONDS:.0f} s"
        if command.returncode != 0:
            tail = self.log.read_text(errors="replace")[-500:].strip()
            raise RuntimeError(f"{' '.join(command.args)}: {status}: {tail or 'no output'}")

    def signal(self, pid: int, number: int) -> None:
        """Never to a process that isn't the proxy's."""
        if pid not in processes.of_proxy():
            raise RuntimeError(f"{self.name}: no process {pid}")
        os.kill(pid, number)


def free_port() -> int:
    """Below the ephemeral range, so that no client's connection can sit on it."""
    for port in range(20000 + os.getpid() % 8000, 30000):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    raise RuntimeError("no free port")
