"""Run as a program: COUNT connections to PORT, each of which sends one byte a second.

Half of them are within the head of a request, the others within its body. They come from 16
addresses of 127.0.0.0/8. Prints `READY <open>` when all are open, and again `LEFT <open>` when
standard input closes: how many the server still has.
"""

import os
import resource
import select
import socket
import sys
import time

sys.dont_write_bytecode = True
# The bytes of a second leave in this many parts, as those of strangers would.
SLICES = 50
SOURCES = 16
HEAD = b"GET / HTTP/1.1\r\nHost: a\r\nX-Slow: "
BODY = b"POST /slow HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n"


def connect(port: int, count: int) -> list[socket.socket]:
    opened = []
    for index in range(count):
        connection = socket.socket()
        # The port is chosen at connect, so that the addresses do not run out of them.
        connection.setsockopt(socket.IPPROTO_IP, 24, 1)
        connection.bind((f"127.0.0.{2 + index % SOURCES}", 0))
        connection.connect(("127.0.0.1", port))
        connection.sendall(BODY if index % 2 else HEAD)
        connection.setblocking(False)
        opened.append(connection)
    return opened


def is_open(connection: socket.socket) -> bool:
    """Whether neither an answer nor an end has come: to what is not finished, there is none."""
    try:
        connection.recv(4096)
    except BlockingIOError:
        return True
    except OSError:
        pass
    return False


def main(port: int, count: int) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    opened = connect(port, count)
    print("READY", len(opened), flush=True)
    slices = [opened[start::SLICES] for start in range(SLICES)]
    due, turn, gone = time.monotonic(), 0, set()
    while True:
        for connection in slices[turn % SLICES]:
            try:
                os.write(connection.fileno(), b"x")
            except OSError:
                gone.add(connection)
        due, turn = due + 1 / SLICES, turn + 1
        if select.select([sys.stdin], [], [], max(0.0, due - time.monotonic()))[0]:
            break
    print("LEFT", sum(is_open(each) for each in opened if each not in gone), flush=True)


main(int(sys.argv[1]), int(sys.argv[2]))
