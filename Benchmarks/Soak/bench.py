"""What the programs of this folder share: an origin, a balancer, wrk, and the modules beside."""

import socket
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "EndToEnd"))

import cores  # noqa: E402
import idle  # noqa: E402
import origin  # noqa: E402
import ports  # noqa: E402
import processes  # noqa: E402

CONNECTIONS = 64
# A slow client is to be borne here for as long as it likes, so that all of them are there at once.
CONFIGURATION = """\
version: 1
threads: 2
access_log: off
listeners: [{{ address: 127.0.0.1:{port} }}]
upstreams:
  app: {{ servers: [127.0.0.1:{origin}] }}
  slow: {{ servers: [127.0.0.1:{slow}] }}
routes:
  - {{ match: {{ path_prefix: /slow }}, upstream: slow }}
  - {{ match: {{ path_prefix: / }}, upstream: app }}
timeouts: {{ client_header: 1h, client_body: 1h }}
limits: {{ request_body_rate: 0B, request_head: 64KiB }}
"""


@contextmanager
def started():
    """A directory and the port of an origin; what was started in it ends with the block."""
    idle.raise_descriptor_limit()
    processes.stop_on_signals()
    with tempfile.TemporaryDirectory(prefix="pingora-soak-") as name:
        directory = Path(name)
        directory.chmod(0o755)
        try:
            _, port = origin.start(directory, cores.plan())
            yield directory, port
        finally:
            processes.stop_all()


class Sink:
    """A server that lets the kernel take connections and bytes, and does nothing itself."""

    def __init__(self):
        self._socket = socket.create_server((ports.ADDRESS, 0), backlog=4096)
        self._socket.setblocking(False)
        self.port = self._socket.getsockname()[1]

    def empty(self) -> None:
        """Closes what has come."""
        try:
            while True:
                self._socket.accept()[0].close()
        except BlockingIOError:
            pass


def start_balancer(binary: str, directory: Path, origin_port: int, slow_port: int = 9):
    """The process of a balancer that serves, and its port."""
    port = ports.free_port()
    configuration = directory / f"lb-{port}.yaml"
    configuration.write_text(CONFIGURATION.format(port=port, origin=origin_port, slow=slow_port))
    child = processes.start([binary, "-c", str(configuration)], directory / f"lb-{port}.out")
    ports.wait_for_200(port, origin.TINY, lambda: processes.is_alive(child))
    return child, port


def resident_kib(pid: int) -> int:
    """Resident memory (VmRSS)."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise RuntimeError(f"process {pid} has no VmRSS")
