"""Starts a proxy before an origin: `pingora-lb`, nginx or HAProxy, each as its manual shows."""

import ctypes
import re
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

DEADLINE = "350ms"  # of the lanes for cases with `short-deadlines`

PINGORA = """\
version: 1
threads: 1
access_log: "off"
listeners: [127.0.0.1:0]
upstreams:
  app:
    servers: [127.0.0.1:{origin}]
{deadlines}
"""
PINGORA_DEADLINES = "timeouts:\n" + "".join(
    f"  {key}: {DEADLINE}\n" for key in (
        "client_header", "client_body", "client_idle", "upstream_first_byte", "upstream_read"))

NGINX = """\
daemon off; master_process off; worker_processes 1;
pid {directory}/nginx.pid; error_log {directory}/nginx.log;
events {{ worker_connections 512; }}
http {{
    access_log off; {temporary}
    map $http_upgrade $connection_upgrade {{ default upgrade; '' ''; }}
    upstream origin {{ server 127.0.0.1:{origin}; keepalive 16; }}
    server {{
        listen 127.0.0.1:{port};
        {deadlines}
        location / {{
            proxy_pass http://origin;
            proxy_http_version 1.1;
            proxy_set_header Host $host;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $connection_upgrade;
            proxy_set_header X-Forwarded-For $remote_addr;
        }}
    }}
}}
"""
NGINX_DEADLINES = "".join(
    f"{key} {DEADLINE}; " for key in (
        "client_header_timeout", "client_body_timeout", "keepalive_timeout",
        "proxy_read_timeout"))

HAPROXY = """\
global
    nbthread 1
    no strict-limits
defaults
    mode http
    http-reuse always
    timeout connect 5s
{deadlines}
frontend clients
    bind 127.0.0.1:{port}
    default_backend origin
backend origin
    http-request set-header X-Forwarded-For %[src]
    server origin 127.0.0.1:{origin}
"""
HAPROXY_DEADLINES = "".join(
    f"    timeout {key} {{0}}\n" for key in ("http-request", "client", "server", "http-keep-alive"))


class Proxy:
    """A running proxy. It ends with `stop`, by its process number."""

    def __init__(self, name, origin_port, short, binary):
        self.name = name
        self.directory = tempfile.TemporaryDirectory(prefix="pingora-attacks-")
        path = Path(self.directory.name)
        self.log = open(path / "output", "w+b")
        for _ in range(5):
            port = 0 if name == "pingora-lb" else free_port()
            command = COMMANDS[name](path, port, origin_port, short, binary)
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
                preexec_fn=end_with_parent)
            self.port = self.wait(port)
            if self.port:
                return
            self.stop_process()
        raise SystemExit(f"{name} does not start: {(path / 'output').read_text()[-2000:]}")

    def wait(self, port):
        """The port once it listens; None if it does not within 5 s."""
        end = time.monotonic() + 5
        while time.monotonic() < end and self.process.poll() is None:
            if not port:
                text = (Path(self.directory.name) / "output").read_text(errors="replace")
                found = re.search(r"service=gateway .*?address=\S*:(\d+)", text)
                port = int(found[1]) if found else 0
            if port:
                try:
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    return port
                except OSError:
                    pass
            time.sleep(0.02)
        return None

    @property
    def is_alive(self):
        return self.process.poll() is None

    def stop_process(self):
        if self.is_alive:
            self.process.kill()
        self.process.wait()

    def stop(self):
        self.stop_process()
        self.log.close()
        self.directory.cleanup()


def pingora_lb(path, _, origin, short, binary):
    (path / "lb.yaml").write_text(
        PINGORA.format(origin=origin, deadlines=PINGORA_DEADLINES if short else ""))
    return [binary, "-c", str(path / "lb.yaml")]


def nginx(path, port, origin, short, _):
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = " ".join(f"{kind}_temp_path {path}/{kind};" for kind in kinds)
    (path / "nginx.conf").write_text(NGINX.format(
        directory=path, port=port, origin=origin, temporary=temporary,
        deadlines=NGINX_DEADLINES if short else ""))
    return ["/usr/sbin/nginx", "-e", f"{path}/nginx.log", "-c", f"{path}/nginx.conf"]


def haproxy(path, port, origin, short, _):
    (path / "haproxy.cfg").write_text(HAPROXY.format(
        port=port, origin=origin, deadlines=HAPROXY_DEADLINES.format(DEADLINE if short else "30s")))
    return ["/usr/sbin/haproxy", "-db", "-f", f"{path}/haproxy.cfg"]


COMMANDS = {"pingora-lb": pingora_lb, "nginx": nginx, "haproxy": haproxy}
VERSIONS = {
    "nginx": ["/usr/sbin/nginx", "-v"], "haproxy": ["/usr/sbin/haproxy", "-v"],
}


def version(name, binary):
    command = VERSIONS.get(name, [binary, "--version"])
    answer = subprocess.run(command, capture_output=True, text=True, check=False, timeout=5)
    line = (answer.stdout + answer.stderr).strip().splitlines()[0]
    return line.removeprefix("nginx version: ").split(" - ")[0]


def end_with_parent():
    """So that nothing stays behind where the runner is killed."""
    set_signal_of_parents_death = 1
    ctypes.CDLL(None).prctl(set_signal_of_parents_death, signal.SIGKILL)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
