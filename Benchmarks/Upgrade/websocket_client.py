"""A WebSocket that is never to close: numbered messages come back in their order."""

import asyncio
import random
import time

import frames
from run import Run

INTERVAL_SECONDS = 0.2
# Each message is sent in two parts, so that an upgrade can fall between them.
SPLIT_SECONDS = 0.02
LONGEST_FILLING = 600


async def websocket(run: Run, name: str) -> None:
    while run.going:
        connection = await run.open(name, WebSocketConnection(run, name))
        if not connection:
            continue
        try:
            while run.going and connection.open:
                await connection.send()
                connection.expire_if_stuck()
                await asyncio.sleep(INTERVAL_SECONDS)
        finally:
            connection.leave()
        if run.going:
            await asyncio.sleep(INTERVAL_SECONDS)  # no storm when each handshake fails


class WebSocketConnection(asyncio.Protocol):
    def __init__(self, run: Run, name: str):
        self.run, self.name = run, name
        self.open = True
        self.transport = None
        self._key = frames.new_key()
        self._upgraded = False
        self._received = bytearray()
        self._expected: list[bytes] = []
        self._number = 0
        self._moved = time.monotonic()

    async def send(self) -> None:
        """Sends the next message; before the handshake is done, nothing."""
        if not self._upgraded:
            return
        self._number += 1
        message = f"{self.name} {self._number} ".encode()
        message += b"." * random.randint(0, LONGEST_FILLING)
        if not self._expected:
            self._moved = time.monotonic()
        self._expected.append(message)
        frame = frames.frame(frames.TEXT, message, masked=True)
        middle = random.randrange(1, len(frame))
        self.transport.write(frame[:middle])
        await asyncio.sleep(SPLIT_SECONDS)
        self.transport.write(frame[middle:])

    def leave(self) -> None:
        self.open = False
        if self.transport:
            self.transport.abort()

    def expire_if_stuck(self) -> None:
        waits = self._expected or not self._upgraded
        if waits and time.monotonic() - self._moved > self.run.patience:
            self._fail("timeouts", f"{len(self._expected)} messages not echoed")

    # What asyncio calls.

    def connection_made(self, transport):
        self.transport = transport
        transport.write(self.run.request("/websocket", fields=(
            b"Connection: Upgrade", b"Upgrade: websocket", b"Sec-WebSocket-Version: 13",
            b"Sec-WebSocket-Key: " + self._key)))

    def data_received(self, data):
        if not self.open:
            return
        self._moved = time.monotonic()
        self._received += data
        if not self._upgraded and not self._take_head():
            return
        try:
            while self.open and (taken := frames.take(self._received)):
                self._check(*taken)
        except ValueError as error:
            self._fail("wrong_body", str(error))

    def connection_lost(self, error):
        if self.open:
            how = "reset" if error else "closed"
            self._fail("websocket_closed" if self._upgraded else how_lost(error), how)

    # Inside.

    def _take_head(self) -> bool:
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            return False
        head = bytes(self._received[:end + 2])
        if not head.startswith(b"HTTP/1.1 101 "):
            self._fail("not_200", f"handshake: {head[:20]!r}")
        elif frames.accept_value(self._key) not in head:
            self._fail("wrong_body", "Sec-WebSocket-Accept")
        del self._received[:end + 4]
        self._upgraded = self.open
        return self.open

    def _check(self, opcode: int, payload: bytes) -> None:
        if opcode == frames.CLOSE:
            self._fail("websocket_closed", "by a close frame")
        elif not self._expected or payload != self._expected.pop(0):
            self._fail("wrong_body", f"not the message expected: {payload[:30]!r}")
        else:
            self.run.counts.good("messages")

    def _fail(self, kind: str, detail: str) -> None:
        self.run.counts.fault(kind, self.name, detail)
        self.leave()


def how_lost(error) -> str:
    """A connection lost in the handshake is a request that failed."""
    return "reset" if error else "closed_without_response"
