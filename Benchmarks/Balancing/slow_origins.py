#!/usr/bin/env python3
"""Servers that answer one request after the other, each in its time. Prints their ports.

    python3 Benchmarks/Balancing/slow_origins.py 1 1 20        # milliseconds

What waits, waits in the order in which it came, as at a server with one worker. Nothing is
computed, so that a busy machine hardly changes the times. The path `/count` gives the number of
requests.
"""

import asyncio
import sys


class SlowOrigin:
    def __init__(self, milliseconds: float):
        self._seconds = milliseconds / 1000
        self._free_at = 0.0
        self._count = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                if head.startswith(b"GET /count "):
                    body = str(self._count).encode()
                else:
                    self._count += 1
                    self._free_at = max(loop.time(), self._free_at) + self._seconds
                    await asyncio.sleep(self._free_at - loop.time())
                    body = b"ok"
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


async def main() -> None:
    servers = [
        await asyncio.start_server(SlowOrigin(float(time)).serve, "127.0.0.1", 0, backlog=1024)
        for time in sys.argv[1:]
    ]
    print(*(each.sockets[0].getsockname()[1] for each in servers), flush=True)
    await asyncio.gather(*(each.serve_forever() for each in servers))


if __name__ == "__main__":
    asyncio.run(main())
