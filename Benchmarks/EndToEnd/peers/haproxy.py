"""HAProxy: one thread, keep-alive on both sides, the header fields that pingora-lb adds."""

import subprocess

from peers.peer import Peer

CONFIGURATION = """\
global
    nbthread 1
    maxconn 16000
    no strict-limits
    {log_target}
defaults
    mode http
    {log_use}
    option http-keep-alive
    http-reuse always
    timeout connect 5s
    timeout client 3600s
    timeout server 60s
    timeout http-keep-alive 3600s
frontend clients
    bind 127.0.0.1:{port} backlog 4096
    default_backend origin
backend origin
    option forwardfor
    http-request set-header X-Forwarded-Proto http
    http-request set-header X-Forwarded-Host %[req.hdr(host)]
    http-request set-header Via "1.1 haproxy"
    server origin 127.0.0.1:{origin_port} pool-max-conn 128 maxconn 16000
"""


class HAProxy(Peer):
    """Its log goes to standard output, the only way to a file without a syslog daemon."""

    name = "haproxy"

    def command(self, directory, port, origin_port, access_log):
        configuration = directory / "haproxy.cfg"
        configuration.write_text(CONFIGURATION.format(
            port=port, origin_port=origin_port,
            log_target="log stdout len 1024 format raw local0 info" if access_log else "",
            log_use="log global\n    option httplog" if access_log else ""))
        command = ["haproxy", "-db", "-f", str(configuration)]
        if access_log:
            return ["sh", "-c", f"exec {' '.join(command)} >{access_log}"]
        return command

    def version(self):
        answer = subprocess.run(["haproxy", "-v"], capture_output=True, text=True, check=False)
        return " ".join(answer.stdout.split()[:3]).replace(" version", "")
