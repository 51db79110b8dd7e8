"""A peer that runs for one measurement: started on a fresh port, gone at the end of the block."""

from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
import tempfile

import origin
import ports
import processes
from cores import Cores
from peers.peer import Peer


@dataclass(frozen=True)
class Bench:
    """What all measurements of a run share."""

    origin_port: int
    cores: Cores
    directory: Path


@dataclass(frozen=True)
class RunningPeer:
    process: object
    port: int
    access_log: Path | None

    def url(self, path: str) -> str:
        return f"http://{ports.ADDRESS}:{self.port}{path}"


@contextmanager
def running(peer: Peer, bench: Bench, access_log: bool = False):
    """Starts `peer`, yields it after its first 200, stops it. A fresh port per start keeps
    TIME_WAIT of earlier rounds out of the way."""
    with tempfile.TemporaryDirectory(prefix=f"{peer.name}-", dir=bench.directory) as name:
        directory = Path(name)
        directory.chmod(0o777)  # nginx started as root drops to another user
        port = ports.free_port()
        log = directory / "access.log" if access_log else None
        command = peer.command(directory, port, bench.origin_port, log)
        child = processes.start(command, directory / "output", bench.cores.peer)
        try:
            try:
                ports.wait_for_200(port, origin.TINY, lambda: processes.is_alive(child))
            except RuntimeError as error:
                output = (directory / "output").read_text(errors="replace")[-2000:]
                raise RuntimeError(f"{peer.name}: {error}\n{output}") from error
            yield RunningPeer(child, port, log)
        finally:
            processes.stop(child)
