"""Ports and first answers on 127.0.0.1, the only address the benchmark uses."""

import socket
import time

ADDRESS = "127.0.0.1"
CONNECT_TIMEOUT_SECONDS = 2.0
POLL_INTERVAL_SECONDS = 0.0002


def free_port() -> int:
    """A port that nobody listens on now. Taken below the ephemeral range, so that no outgoing
    connection of an earlier round can sit on it."""
    for port in range(free_port.next, free_port.last):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((ADDRESS, port))
            except OSError:
                continue
        free_port.next = port + 1
        return port
    free_port.next = free_port.first
    return free_port()


free_port.first = 20000
free_port.last = 30000
# Different runs at the same time start at different places.
free_port.next = free_port.first + time.time_ns() // 1_000_000 % 8000


def request_bytes(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: {ADDRESS}\r\n\r\n".encode()


def answers_200(port: int, path: str) -> bool:
    """Sends one request; true when the answer starts with a 200."""
    try:
        with socket.create_connection((ADDRESS, port), CONNECT_TIMEOUT_SECONDS) as connection:
            connection.sendall(request_bytes(path))
            return connection.recv(65536).startswith(b"HTTP/1.1 200 ")
    except OSError:
        return False


def wait_for_200(port: int, path: str, is_alive, limit_seconds: float = 10.0) -> None:
    """Returns at the first 200. Raises when the process ended or the time is over."""
    deadline = time.monotonic() + limit_seconds
    while not answers_200(port, path):
        if not is_alive():
            raise RuntimeError(f"the process for port {port} ended before it answered")
        if time.monotonic() > deadline:
            raise RuntimeError(f"no 200 on port {port} within {limit_seconds} s")
        time.sleep(POLL_INTERVAL_SECONDS)
