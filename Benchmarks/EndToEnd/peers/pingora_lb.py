"""pingora-lb: configured by flags alone."""

import subprocess

from peers.peer import Peer


class PingoraLB(Peer):
    name = "pingora-lb"

    def __init__(self, path: str):
        self.path = path

    def command(self, directory, port, origin_port, access_log):
        return [
            self.path, "--listen", f"127.0.0.1:{port}", "--upstream", f"127.0.0.1:{origin_port}",
            "--threads", "1", "--access-log", str(access_log or "off"),
        ]

    def version(self):
        answer = subprocess.run(
            [self.path, "--version"], capture_output=True, text=True, check=False, timeout=5)
        return (answer.stdout.splitlines() or ["unknown version"])[0]
