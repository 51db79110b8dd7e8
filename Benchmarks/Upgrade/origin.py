"""The origin of the load check: what it answers, the checker computes too (bodies.py).

    /                         a small body, always the same
    /echo/TOKEN?delay=MS      the token, repeated; after a while
    /slow-download?seconds=S  a piece every 100 ms
    /upload                   length and SHA-256 of the request's body
    /websocket                echoes messages

The first line of standard output is the port, a free one on 127.0.0.1. Runs until SIGTERM, until
standard input closes (--until-stdin-closes), or for 15 minutes.
"""

import asyncio
import re
import signal
import sys
from urllib.parse import parse_qs, urlsplit

sys.dont_write_bytecode = True

import bodies
import frames

LONGEST_SECONDS = 900.0
BACKLOG = 4096
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding: *chunked\r\n", re.IGNORECASE)
_CLOSE = re.compile(rb"\r\nconnection: *close\r\n", re.IGNORECASE)
_KEY = re.compile(rb"\r\nsec-websocket-key: *([^\r ]+)", re.IGNORECASE)


class OriginConnection(asyncio.Protocol):
    """One request at a time, as proxies send them. It never closes a connection by itself."""

    def connection_made(self, transport):
        self.transport = transport
        self.received = bytearray()
        self.closes = False
        self.tunnel = False
        self.sending = None

    def connection_lost(self, error):
        if self.sending:
            self.sending.cancel()

    def data_received(self, data):
        self.received += data
        if self.tunnel:
            self.echo_messages()
            return
        end = self.received.find(b"\r\n\r\n")
        if end < 0:
            return
        head = bytes(self.received[:end + 2])
        body = self.take_body(head, end + 4)
        if body is not None:
            target = head.split(b" ", 2)[1].decode()
            self.closes = bool(_CLOSE.search(head))
            self.answer(urlsplit(target), head, body)

    def take_body(self, head: bytes, start: int) -> bytes | None:
        """Removes head and body from what was received. None: not all has come."""
        if _CHUNKED.search(head):
            if not self.received.endswith(b"0\r\n\r\n"):
                return None
            body, at = b"", start
            while size := int(self.received[at:(line := self.received.find(b"\r\n", at))], 16):
                body += self.received[line + 2:line + 2 + size]
                at = line + 4 + size
            self.received.clear()
            return body
        length = _LENGTH.search(head)
        stop = start + (int(length[1]) if length else 0)
        if len(self.received) < stop:
            return None
        body = bytes(self.received[start:stop])
        del self.received[:stop]
        return body

    def answer(self, target, head: bytes, body: bytes) -> None:
        query = parse_qs(target.query)
        if target.path == "/":
            self.respond(bodies.echo("hello"))
        elif target.path.startswith("/echo/"):
            answer = bodies.echo(target.path.removeprefix("/echo/"))
            if "delay" in query:
                seconds = int(query["delay"][0]) / 1000
                asyncio.get_running_loop().call_later(seconds, self.respond, answer)
            else:
                self.respond(answer)
        elif target.path == "/slow-download":
            self.sending = asyncio.create_task(self.send_slowly(float(query["seconds"][0])))
        elif target.path == "/upload":
            self.respond(bodies.receipt(body))
        elif target.path == "/websocket" and (key := _KEY.search(head)):
            self.upgrade(key[1])
        else:
            self.respond(b"not here\n", b"404 Not Found")

    def respond(self, body: bytes, status: bytes = b"200 OK") -> None:
        self.transport.write(self.head(len(body), status) + body)
        if self.closes:
            self.transport.close()

    def head(self, length: int, status: bytes = b"200 OK") -> bytes:
        close = b"Connection: close\r\n" if self.closes else b""
        return (b"HTTP/1.1 " + status + b"\r\nContent-Type: text/plain\r\n" + close
                + b"Content-Length: %d\r\n\r\n" % length)

    async def send_slowly(self, seconds: float) -> None:
        body = bodies.slow(seconds)
        self.transport.write(self.head(len(body)))
        for at in range(0, len(body), bodies.PIECE_BYTES):
            await asyncio.sleep(bodies.PIECE_SECONDS)
            self.transport.write(body[at:at + bodies.PIECE_BYTES])
        if self.closes:
            self.transport.close()

    def upgrade(self, key: bytes) -> None:
        self.tunnel = True
        self.transport.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + frames.accept_value(key) + b"\r\n\r\n")
        self.echo_messages()

    def echo_messages(self) -> None:
        while taken := frames.take(self.received):
            self.transport.write(frames.frame(*taken, masked=False))
            if taken[0] == frames.CLOSE:
                self.transport.close()


async def serve(protocol=OriginConnection) -> None:
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    if "--until-stdin-closes" in sys.argv:
        loop.add_reader(0, lambda: sys.stdin.buffer.raw.read(4096) or ended.set())
    server = await loop.create_server(protocol, "127.0.0.1", 0, backlog=BACKLOG)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.wait([asyncio.create_task(ended.wait())], timeout=LONGEST_SECONDS)


if __name__ == "__main__":
    asyncio.run(serve())
