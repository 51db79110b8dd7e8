"""One HTTP/1.1 connection of a client. It names every way in which an answer can fail."""

import asyncio
import re
import time
from typing import NamedTuple

from counts import ANNOUNCED, Counts

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n")
_CLOSE = re.compile(rb"\r\nconnection: *close\r\n")
HEAD_LIMIT = 65536


class Answer(NamedTuple):
    status: int
    body: bytes


class Connection(asyncio.Protocol):
    """Requests go out one at a time. `kept`: the server may never close it.

    A fault is counted here, once; whoever waits for the answer gets None.
    """

    def __init__(self, counts: Counts, client: str, kept: bool):
        self.counts, self.client, self.kept = counts, client, kept
        self.transport = None
        self.usable = False
        self.gone = asyncio.get_running_loop().create_future()
        self.waiting: asyncio.Future | None = None
        self.moved = 0.0
        self._received = bytearray()
        self._body_at = 0
        self._end = 0
        self._leaving = False

    def begin(self, request: bytes) -> asyncio.Future:
        """Sends a request, or its first part. The future becomes an Answer, or None."""
        self.waiting = asyncio.get_running_loop().create_future()
        self._received.clear()
        self._body_at = 0
        self.write(request)
        return self.waiting

    def write(self, data: bytes) -> None:
        self.moved = time.monotonic()
        self.transport.write(data)

    def leave(self) -> None:
        """We close; what the server does from now on is no fault."""
        self._leaving = True
        self.usable = False
        if self.transport:
            self.transport.abort()

    def partial_body(self) -> bytes:
        """What has come of the answer so far."""
        return bytes(self._received[self._body_at:]) if self._body_at else b""

    def expire_if_stuck(self, limit_seconds: float) -> None:
        if self.waiting and time.monotonic() - self.moved > limit_seconds:
            self._fail("timeouts", f"after {len(self._received)} bytes")

    # What asyncio calls.

    def connection_made(self, transport):
        self.transport = transport
        self.usable = True
        self.counts.good("connections")

    def data_received(self, data):
        if self._leaving:
            return
        self.moved = time.monotonic()
        if not self.waiting:
            self._fail("wrong_body", f"{len(data)} bytes that nobody asked for: {data[:40]!r}")
            return
        self._received += data
        if not self._body_at and not self._take_head():
            return
        if len(self._received) < self._end:
            return
        if len(self._received) > self._end:
            self._fail("wrong_body", f"{len(self._received) - self._end} bytes too many")
            return
        self._finish(Answer(int(self._received[9:12]), bytes(self._received[self._body_at:])))

    def connection_lost(self, error):
        self.usable = False
        if not self.gone.done():
            self.gone.set_result(None)
        if self._leaving:
            return
        if self.waiting:
            partly = "truncated" if self._received else "closed_without_response"
            self._fail("reset" if error else partly, f"after {len(self._received)} bytes")
        elif self.kept:
            self._fail("keepalive_closed", "by a reset" if error else "")

    # Inside.

    def _take_head(self) -> bool:
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            if len(self._received) > HEAD_LIMIT:
                self._fail("wrong_body", "an endless head")
            return False
        head = bytes(self._received[:end + 2]).lower()
        length = _LENGTH.search(head)
        if not re.match(rb"http/1\.1 \d\d\d ", head) or not length:
            self._fail("wrong_body", f"a head without status or length: {head[:80]!r}")
            return False
        self._body_at = end + 4
        self._end = self._body_at + int(length[1])
        if self.kept and _CLOSE.search(head):
            self.usable = False
        return True

    def _finish(self, answer: Answer) -> None:
        announced = self.kept and not self.usable
        self._answer(answer)
        if announced:
            self.counts.good(ANNOUNCED)
            self._fail("keepalive_closed", "announced by its last answer")

    def _fail(self, kind: str, detail: str) -> None:
        self.counts.fault(kind, self.client, detail)
        self._answer(None)
        self.leave()

    def _answer(self, answer: Answer | None) -> None:
        waiting, self.waiting = self.waiting, None
        if waiting and not waiting.done():
            waiting.set_result(answer)
