"""What all clients of a run share: where to connect, the counts, the pace and the end."""

import asyncio
import time
from urllib.parse import urlsplit

from connection import Answer, Connection
from counts import Counts

CONNECT_SECONDS = 5.0
AFTER_A_FAILED_CONNECT_SECONDS = 0.05
SHORTEST_SLOW_SECONDS = 0.5


class Pace:
    """Spreads requests, so that the check leaves time for the proxy on a small machine."""

    CATCH_UP_SECONDS = 0.1

    def __init__(self, per_second: float):
        self.gap = 1 / per_second if per_second > 0 else 0.0
        self.next = 0.0

    def delay(self) -> float:
        """Seconds until the next request may go out."""
        now = time.monotonic()
        at = max(self.next, now - self.CATCH_UP_SECONDS)
        self.next = at + self.gap
        return max(0.0, at - now)


class Run:
    def __init__(self, url: str, rate: float, patience: float, slow_seconds: float, end: float):
        parts = urlsplit(url)
        self.host, self.port = parts.hostname, parts.port or 80
        self.authority = parts.netloc.encode()
        self.counts = Counts()
        self.pace = Pace(rate)
        self.patience = patience
        self.end = end
        self.going = True
        self.unfinished = 0
        self.connections: set[Connection] = set()
        self._slow_seconds = slow_seconds

    def request(self, target: str, method="GET", fields=()) -> bytes:
        lines = [f"{method} {target} HTTP/1.1".encode(), b"Host: " + self.authority, *fields]
        return b"\r\n".join(lines) + b"\r\n\r\n"

    def slow_seconds(self) -> float:
        """How long the next slow transfer shall take: it ends before the run does. 0: none."""
        left = (self.end - time.monotonic()) * 0.9
        return round(min(self._slow_seconds, left), 1) if left > SHORTEST_SLOW_SECONDS else 0

    async def open(self, client: str, protocol):
        """A connection with this protocol; None when it failed, which is counted."""
        loop = asyncio.get_running_loop()
        connected = False
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await loop.create_connection(lambda: protocol, self.host, self.port)
            connected = True
            return protocol
        except ConnectionRefusedError:
            self.counts.fault("refused", client)
        except TimeoutError:
            self.counts.fault("timeouts", client, "connecting")
        except OSError as error:
            self.counts.fault("reset", client, f"connecting: {error}")
        finally:
            if not connected:
                protocol.leave()  # asyncio may close it after it was made: not the server's doing
        await asyncio.sleep(AFTER_A_FAILED_CONNECT_SECONDS)
        return None

    async def connect(self, client: str, kept: bool) -> Connection | None:
        connection = await self.open(client, Connection(self.counts, client, kept))
        if connection:
            self.connections.add(connection)
            connection.gone.add_done_callback(lambda _: self.connections.discard(connection))
        return connection

    def check(self, client: str, answer: Answer | None, expected: bytes) -> bool:
        """Counts an answer that isn't the expected one. None was counted before."""
        if answer is None:
            return False
        if answer.status != 200:
            self.counts.fault("not_200", client, f"status {answer.status}")
        elif answer.body != expected:
            self.counts.fault("wrong_body", client, f"{len(answer.body)} bytes, "
                              f"{len(expected)} expected, begins {answer.body[:40]!r}")
        else:
            return True
        return False
