"""pingora-lb: QUIT to the old process and `-d -u` for the new one, in either order."""

import signal
import time
from pathlib import Path

import processes
from proxies.proxy import Proxy

CONFIGURATION = """\
version: 1
threads: 2
pid_file: {directory}/proxy.pid
error_log: {directory}/error.log
upgrade_sock: {directory}/upgrade.sock
access_log: off
listeners: [127.0.0.1:{port}]
upstreams:
  origin:
    servers: [127.0.0.1:{origin_port}]
"""
BETWEEN_SECONDS = 0.2


class PingoraLB(Proxy):
    name = "pingora-lb upgrade"
    how = ("`kill -QUIT OLD` and `pingora-lb -c conf.yaml -d -u`; in every second upgrade the "
           "other way round")
    binary = Path()
    new_first = False

    def start(self):
        self.configuration = self.directory / "conf.yaml"
        self.configuration.write_text(CONFIGURATION.format(
            directory=self.directory, port=self.port, origin_port=self.origin_port))
        self.run(self.binary, "-c", self.configuration, "-d")
        processes.wait_until(self.accepts, "accepting")

    def replace(self):
        old = self.main_pid()
        command = (self.binary, "-c", self.configuration, "-d", "-u")
        if self.new_first:
            successor = self.begin(*command)
            time.sleep(BETWEEN_SECONDS)
            self.signal(old, signal.SIGQUIT)
            self.finish(successor)
        else:
            self.signal(old, signal.SIGQUIT)
            self.run(*command)
        self.new_first = not self.new_first
        if self.main_pid() in (0, old):
            raise RuntimeError(f"{self.pid_file} holds {self.main_pid()}, the old one was {old}")
