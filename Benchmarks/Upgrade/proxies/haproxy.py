"""HAProxy: the reload of its master process. Listening sockets go from worker to worker over the
statistics socket (`expose-fd listeners`), as its manual advises."""

import signal

import processes
from proxies.proxy import Proxy

CONFIGURATION = """\
global
    nbthread 2
    maxconn 4000
    no strict-limits
    stats socket {directory}/statistics.sock mode 600 level admin expose-fd listeners
defaults
    mode http
    option http-keep-alive
    http-reuse always
    timeout connect 5s
    timeout client 3600s
    timeout server 3600s
    timeout tunnel 3600s
    timeout http-keep-alive 3600s
frontend clients
    bind 127.0.0.1:{port} backlog 4096
    default_backend origin
backend origin
    server origin 127.0.0.1:{origin_port} pool-max-conn 128
"""


class HAProxyReload(Proxy):
    name = "HAProxy reload"
    how = "USR2 to the master (`-W`), with `expose-fd listeners`"

    def start(self):
        configuration = self.directory / "haproxy.cfg"
        configuration.write_text(CONFIGURATION.format(
            directory=self.directory, port=self.port, origin_port=self.origin_port))
        self.run("haproxy", "-W", "-D", "-f", configuration, "-p", self.pid_file)
        processes.wait_until(self.accepts, "accepting")

    def replace(self):
        before = processes.children_of(self.main_pid())
        self.signal(self.main_pid(), signal.SIGUSR2)
        processes.wait_until(
            lambda: processes.children_of(self.main_pid()) - before, "a new worker")
