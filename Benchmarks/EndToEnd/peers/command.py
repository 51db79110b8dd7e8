"""Any other balancer, given as a command with {port}, {origin} and perhaps {log}."""

import shlex

from peers.peer import Peer


class Command(Peer):
    def __init__(self, text: str):
        """`text` is NAME=COMMAND, for example `proxyc=/tmp/proxyc {port} {origin} task`."""
        self.name, separator, self.template = text.partition("=")
        if not separator or not self.name.isidentifier():
            raise ValueError(f"expected NAME=COMMAND, got {text!r}")
        self.can_log_accesses = "{log}" in self.template

    def command(self, directory, port, origin_port, access_log):
        log = access_log or "off"
        return [
            part.format(port=port, origin=origin_port, log=log)
            for part in shlex.split(self.template)
        ]

    def version(self):
        return self.template
