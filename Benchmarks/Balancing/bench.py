"""What the programs of this folder share: a balancer with a given group, and the modules beside."""

import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "EndToEnd"))

import ports  # noqa: E402
import processes  # noqa: E402

CONFIGURATION = """\
version: 1
threads: {threads}
access_log: off
listeners: [127.0.0.1:{port}]
upstreams:
  app:
    servers: [{servers}]
{group}
"""


@contextmanager
def directory():
    """A directory; what was started in it ends with the block."""
    processes.stop_on_signals()
    with tempfile.TemporaryDirectory(prefix="pingora-balancing-") as name:
        path = Path(name)
        path.chmod(0o755)
        try:
            yield path
        finally:
            processes.stop_all()


def start_balancer(binary: str, place: Path, servers: list[int], group: str, threads: int = 1):
    """A balancer that serves, and its port. `group` are lines of YAML, keys of the upstream."""
    port = ports.free_port()
    file = place / f"lb-{port}.yaml"
    file.write_text(CONFIGURATION.format(
        threads=threads, port=port, servers=", ".join(f"127.0.0.1:{number}" for number in servers),
        group="".join(f"    {line}\n" for line in group.splitlines())))
    child = processes.start([binary, "-c", str(file)], place / f"lb-{port}.out")
    ports.wait_for_200(port, "/", lambda: processes.is_alive(child))
    return child, port
