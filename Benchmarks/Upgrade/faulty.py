"""An origin that does one thing wrong, for check_self.py: python3 faulty.py FAULT."""

import asyncio
import json
import socket
import struct
import sys

sys.dont_write_bytecode = True

import bodies
import frames
from origin import OriginConnection, serve

FAULT = sys.argv[1] if __name__ == "__main__" else "none"
# The first requests of a connection are answered well, so that a fault hits one in use.
GOOD_ANSWERS = 2


class FaultyConnection(OriginConnection):
    def connection_made(self, transport):
        super().connection_made(transport)
        self.answers = 0

    def respond(self, body, status=b"200 OK"):
        self.answers += 1
        wrong = getattr(self, "answer_" + FAULT.replace("-", "_"), None)
        one_request_only = self.closes or FAULT.startswith("upload")
        if wrong and (one_request_only or self.answers > GOOD_ANSWERS):
            wrong(body)
        else:
            super().respond(body, status)

    # Answers to requests.

    def answer_reset(self, body):
        self.reset()

    def answer_reset_within(self, body):
        self.transport.write(self.head(len(body)) + body[:9])
        asyncio.get_running_loop().call_later(0.05, self.reset)

    def answer_no_response(self, body):
        self.transport.close()

    def answer_half_head(self, body):
        self.transport.write(b"HTTP/1.1 200 OK\r\nConte")
        self.transport.close()

    def answer_truncated(self, body):
        self.transport.write(self.head(len(body)) + body[:-1])
        self.transport.close()

    def answer_bad_status(self, body):
        super().respond(body, b"502 Bad Gateway")

    def answer_wrong_byte(self, body):
        super().respond(body[:-2] + b"?\n")

    def answer_of_another(self, body):
        super().respond(bodies.echo("hurried-9.9"))

    def answer_surplus(self, body):
        self.transport.write(self.head(len(body)) + body + b"HTTP")

    def answer_twice(self, body):
        super().respond(body)
        asyncio.get_running_loop().call_later(0.05, super().respond, body)

    def answer_never(self, body):
        pass

    def answer_partly(self, body):
        self.transport.write(self.head(len(body)) + body[:5])

    def answer_not_closed(self, body):
        self.closes = False
        super().respond(body)

    def answer_then_close(self, body):
        super().respond(body)
        self.transport.close()

    def answer_then_reset(self, body):
        super().respond(body)
        asyncio.get_running_loop().call_later(0.05, self.reset)

    def answer_announce(self, body):
        self.closes = True
        super().respond(body)

    def answer_upload_hash(self, body):
        receipt = json.loads(body)
        super().respond(json.dumps(receipt | {"sha256": "0" * 64}).encode())

    def answer_upload_gone(self, body):
        self.transport.close()

    # The slow download.

    async def send_slowly(self, seconds):
        body = bodies.slow(seconds)
        self.transport.write(self.head(len(body)) + body[:2000])
        await asyncio.sleep(0.1)
        if FAULT == "download-truncated":
            self.transport.close()
        elif FAULT == "download-shifted":
            self.transport.write(body[2010:] + body[:10])
        elif FAULT == "download-stuck":
            pass
        else:
            self.transport.write(body[2000:])

    # The WebSocket.

    def upgrade(self, key):
        if FAULT == "handshake-refused":
            OriginConnection.respond(self, b"no", b"503 Service Unavailable")
        elif FAULT == "handshake-wrong":
            super().upgrade(b"another")
        elif FAULT == "handshake-gone":
            self.transport.close()
        else:
            super().upgrade(key)

    def echo_messages(self):
        while taken := frames.take(self.received):
            self.answers += 1
            echo = frames.frame(*taken, masked=False)
            if not FAULT.startswith("websocket") or self.answers <= GOOD_ANSWERS:
                self.transport.write(echo)
            elif FAULT == "websocket-closed":
                self.transport.close()
            elif FAULT == "websocket-close-frame":
                self.transport.write(frames.frame(frames.CLOSE, b"", masked=False))
            elif FAULT == "websocket-reset":
                self.reset()
            elif FAULT == "websocket-twice":
                self.transport.write(echo + echo)
            elif FAULT == "websocket-lost":
                self.answers = 0
            elif FAULT == "websocket-garbage":
                self.transport.write(b"\xf0\x00")

    def reset(self):
        """Closes with a RST."""
        if not self.transport.is_closing():
            linger = struct.pack("ii", 1, 0)
            connection = self.transport.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.transport.abort()


if __name__ == "__main__":
    asyncio.run(serve(FaultyConnection))
