"""Run as a program: opens COUNT connections to PORT, one request each, and keeps them open.

Prints `READY <open> <failed>` when all have answered; leaves when standard input closes.
Connections are opened 64 at a time, so that the peer's upstream pool stays small.
"""

import resource
import selectors
import socket
import sys

sys.dont_write_bytecode = True
CONCURRENT = 64
SILENCE_SECONDS = 10.0
FAILURES_LIMIT = 100  # enough to call the round failed


def main(port: int, path: str, count: int) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
    selector = selectors.EpollSelector()
    kept, failed, started = [], 0, 0
    while len(kept) + failed < count and failed <= FAILURES_LIMIT:
        while started < count and started - len(kept) - failed < CONCURRENT:
            started += 1
            try:
                connection = socket.create_connection(("127.0.0.1", port), SILENCE_SECONDS)
                connection.sendall(request)
                selector.register(connection, selectors.EVENT_READ)
            except OSError:
                failed += 1
        ready = selector.select(SILENCE_SECONDS)
        if not ready:
            break
        for key, _ in ready:
            selector.unregister(key.fileobj)
            try:
                answer = key.fileobj.recv(65536)
            except OSError:
                answer = b""
            if answer.startswith(b"HTTP/1.1 200 "):
                kept.append(key.fileobj)
            else:
                failed += 1
    print("READY", len(kept), count - len(kept), flush=True)
    sys.stdin.read()


main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
