"""An nginx that says how many requests it has answered, and is killed and started again."""

import re
import signal
import socket
from pathlib import Path

import origin
import ports
import processes

CONFIGURATION = """\
daemon off; master_process off; pid {directory}/{port}.pid; error_log {directory}/{port}.log;
worker_rlimit_nofile 4096;
events {{ worker_connections 2048; }}
http {{
    access_log off; tcp_nodelay on; keepalive_requests 100000000; keepalive_timeout 3600s;
    {temporary_paths}
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        default_type text/plain;
        location = / {{ return 200 "{body}"; }}
        location = /count {{ stub_status; }}
    }}
}}
"""


class CountedOrigin:
    """One process, so that SIGKILL leaves nothing of it behind."""

    def __init__(self, directory: Path):
        self.port = ports.free_port()
        self._directory = directory
        self._file = directory / f"origin-{self.port}.conf"
        self._file.write_text(CONFIGURATION.format(
            directory=directory, port=self.port, body="x" * 1024,
            temporary_paths=origin.temporary_paths(directory)))
        self._polls = 0
        self.start()
        ports.wait_for_200(self.port, "/count", lambda: processes.is_alive(self._child))
        self._polls += 1

    def start(self) -> None:
        self._polls = 0
        log = f"{self._directory}/{self.port}.log"
        self._child = processes.start(
            ["nginx", "-e", log, "-c", str(self._file)], self._directory / f"{self.port}.out")

    def kill(self) -> None:
        self._child.send_signal(signal.SIGKILL)
        self._child.wait()

    def count(self) -> int | None:
        """Requests since it was started, without those of this method; None while it is down."""
        try:
            with socket.create_connection((ports.ADDRESS, self.port), 1) as connection:
                connection.sendall(b"GET /count HTTP/1.0\r\n\r\n")
                text = b""
                while part := connection.recv(4096):
                    text += part
        except OSError:
            return None
        self._polls += 1
        found = re.search(rb"requests\s*\n\s*\d+ \d+ (\d+)", text)
        return int(found.group(1)) - self._polls if found else None
