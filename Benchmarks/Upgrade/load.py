"""The origin and the load check as processes of a harness. Both end when the harness does, since
their standard input closes."""

import json
import subprocess
import sys
from pathlib import Path

import processes

HERE = Path(__file__).resolve().parent
END_SECONDS = 60.0


class Origin:
    def __init__(self):
        self.process = _start("origin.py", "--until-stdin-closes")
        self.port = int(self.process.stdout.readline())

    def stop(self) -> None:
        self.process.stdin.close()
        self.process.wait(END_SECONDS)


class Load:
    """Runs until `finish`, which returns the counts."""

    def __init__(self, port: int, *options: str, live=None):
        """`live`: where standard error goes, subprocess.PIPE to read it; inherited without."""
        self.process = _start("load_check.py", "--url", f"http://127.0.0.1:{port}",
                              "--until-stdin-closes", *options, stderr=live)

    def finish(self) -> dict:
        self.process.stdin.close()
        self.process.wait(END_SECONDS)
        lines = self.process.stdout.read().splitlines()
        if not lines:
            raise RuntimeError(f"the load check ended with {self.process.returncode}, no counts")
        return json.loads(lines[-1])

    def stop(self) -> None:
        """Ends it, whatever it does."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def _start(script: str, *arguments: str, stderr=None) -> subprocess.Popen:
    # A session of its own: Ctrl-C reaches the harness only, which then ends these.
    process = subprocess.Popen(
        [sys.executable, HERE / script, *arguments],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr,
        start_new_session=True)
    processes.leave_out(process.pid)
    return process
