"""What the harness needs to know about a peer."""

from abc import ABC, abstractmethod
from pathlib import Path


class Peer(ABC):
    """A balancer that can be started in front of the origin."""

    name: str
    can_log_accesses = True

    @abstractmethod
    def command(
        self, directory: Path, port: int, origin_port: int, access_log: Path | None
    ) -> list[str]:
        """Writes what the peer needs into `directory`; the command stays in the foreground.
        With `access_log`, one line per request goes to that file, else none anywhere."""

    @abstractmethod
    def version(self) -> str:
        """One line for the report."""
