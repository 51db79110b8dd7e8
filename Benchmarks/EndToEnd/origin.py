"""The one origin that all peers share: nginx, one worker, bodies from memory or sendfile."""

from pathlib import Path

import ports
import processes

TINY, ONE_KIB, HUNDRED_KIB = "/tiny", "/1k", "/100k"

CONFIGURATION = """\
daemon off; worker_processes 1; pid {directory}/origin.pid; error_log {directory}/origin.log;
worker_rlimit_nofile 20000;
events {{ worker_connections 16384; }}
http {{
    access_log off; sendfile on; tcp_nodelay on; server_tokens off;
    keepalive_requests 100000000; keepalive_timeout 3600s;
    open_file_cache max=16 inactive=3600s; open_file_cache_valid 3600s;
    {temporary_paths}
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        default_type text/plain;
        location = /tiny {{ return 200 "ok\\n"; }}
        location = /1k {{ return 200 "{one_kib}"; }}
        location = /100k {{ root {directory}; }}
    }}
}}
"""


def temporary_paths(directory: Path) -> str:
    """nginx creates these at its start, even when unused; keep them out of /var."""
    names = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    return " ".join(f"{name}_temp_path {directory}/{name};" for name in names)


def start(directory: Path, cores) -> tuple[object, int]:
    """Starts the origin. Returns the process and its port once it answers."""
    port = ports.free_port()
    (directory / "100k").write_bytes(b"x" * 100 * 1024)
    configuration = directory / "origin.conf"
    configuration.write_text(CONFIGURATION.format(
        directory=directory, port=port, one_kib="x" * 1024,
        temporary_paths=temporary_paths(directory)))
    command = ["nginx", "-e", f"{directory}/origin.log", "-c", str(configuration)]
    child = processes.start(command, directory / "origin.out", cores.origin)
    ports.wait_for_200(port, TINY, lambda: processes.is_alive(child))
    return child, port
