"""nginx: one worker, keep-alive on both sides, the header fields that pingora-lb adds."""

import subprocess
from pathlib import Path

from origin import temporary_paths
from peers.peer import Peer

CONFIGURATION = """\
daemon off; worker_processes 1; pid {directory}/nginx.pid; error_log {directory}/nginx.log;
worker_rlimit_nofile {descriptors};
events {{ worker_connections {connections}; }}
http {{
    access_log {access_log}; tcp_nodelay on; server_tokens off;
    keepalive_requests 1000000; keepalive_timeout 3600s;
    {temporary_paths}
    upstream origin {{
        server 127.0.0.1:{origin_port};
        keepalive 128; keepalive_requests 1000000; keepalive_timeout 3600s;
    }}
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        location / {{
            proxy_pass http://origin;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_set_header X-Forwarded-Proto $scheme;
            proxy_set_header X-Forwarded-Host $http_host;
            proxy_set_header Via "1.1 nginx";
        }}
    }}
}}
"""


class Nginx(Peer):
    """`log_options` follow the file name, for example `combined buffer=64k flush=1s`."""

    def __init__(self, name: str = "nginx", log_options: str = "combined"):
        self.name = name
        self.log_options = log_options

    def command(self, directory, port, origin_port, access_log: Path | None):
        configuration = directory / "nginx.conf"
        configuration.write_text(CONFIGURATION.format(
            directory=directory, port=port, origin_port=origin_port,
            access_log=f"{access_log} {self.log_options}" if access_log else "off",
            descriptors=20000, connections=16384, temporary_paths=temporary_paths(directory)))
        return ["nginx", "-e", f"{directory}/nginx.log", "-c", str(configuration)]

    def version(self):
        answer = subprocess.run(["nginx", "-v"], capture_output=True, text=True, check=False)
        return answer.stderr.strip().removeprefix("nginx version: ")
