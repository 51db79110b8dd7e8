"""One case over real sockets: a client that sends its bytes, and an origin that records and answers."""

import errno
import heapq
import itertools
import selectors
import socket
import struct
import time
from dataclasses import dataclass

from messages import RequestReader, AnswerReader

# Seconds. A case lasts at most `patience` and the next two.
HALF_CLOSED, DRAIN = 0.1, 0.15
PAUSE = 0.03  # between two pieces of a case
QUIET = 0.04  # without news after the last wanted answer
DEFAULT_REPLY = [("reply", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")]
# To what is no strict HTTP/1.1. A status of its own, which no proxy would send.
REFUSAL = b"HTTP/1.1 418 Unreadable\r\nContent-Length: 0\r\n\r\n"
READ = 1 << 16
BYTEWISE_LIMIT = 10_000  # bytes of a case that are sent one by one


@dataclass
class Outcome:
    answers: list
    closed: bool
    requests: list
    partial: bool
    faults: list
    upstreams: int
    client_bytes: bytes
    upstream_bytes: bytes

    def text(self):
        parts = [" ".join(self.answers + ["close" if self.closed else "open"])]
        parts += [describe(request) for request in self.requests]
        parts += ["partial"] if self.partial else []
        return "; ".join(parts) + "".join(f" ({fault})" for fault in dict.fromkeys(self.faults))


def describe(request):
    method, target, body = request
    words = [method, target] + ([body] if body else [])
    return " ".join(shown(word) for word in words)


def shown(data, limit=60):
    text = "".join(chr(b) if 0x20 < b < 0x7F and b != 0x5C else f"\\x{b:02x}" for b in data[:limit])
    return text.replace("\\x0d", "\\r").replace("\\x0a", "\\n") + ("..." if len(data) > limit else "")


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


class Timers:
    def __init__(self):
        self.queue, self.order = [], itertools.count()

    def after(self, delay, action):
        heapq.heappush(self.queue, (time.monotonic() + delay, next(self.order), action))

    def next_time(self):
        return self.queue[0][0] if self.queue else float("inf")

    def run(self):
        while self.queue and self.queue[0][0] <= time.monotonic():
            heapq.heappop(self.queue)[2]()


class Pipe:
    """A non-blocking socket with bytes that wait to be sent."""

    piece = READ  # bytes of a write

    def __init__(self, exchange, connection):
        self.exchange, self.socket = exchange, connection
        self.waiting, self.ended, self.closed, self.at_end = bytearray(), False, False, None
        connection.setblocking(False)
        exchange.selector.register(connection, selectors.EVENT_READ, self)

    def send(self, data, then=None):
        self.waiting += data
        self.at_end = then
        self.write()

    def write(self):
        try:
            while self.waiting:
                sent = self.socket.send(self.waiting[:self.piece])
                del self.waiting[:sent]
                if self.piece == 1:
                    break
        except BlockingIOError:
            pass
        except OSError as error:
            if error.errno != errno.ENOTCONN:
                self.waiting.clear()
        self.watch()
        if not self.waiting and self.at_end:
            action, self.at_end = self.at_end, None
            action()

    def watch(self):
        if self.closed:
            return
        mask = (0 if self.ended else selectors.EVENT_READ)
        mask |= selectors.EVENT_WRITE if self.waiting else 0
        known = self.socket in self.exchange.selector.get_map()
        if mask and known:
            self.exchange.selector.modify(self.socket, mask, self)
        elif mask:
            self.exchange.selector.register(self.socket, mask, self)
        elif known:
            self.exchange.selector.unregister(self.socket)

    def ready(self, mask):
        if mask & selectors.EVENT_READ and not self.ended:
            try:
                data = self.socket.recv(READ)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            if data:
                self.received(data)
            else:
                self.ended = True
                self.watch()
                self.finished()
        if mask & selectors.EVENT_WRITE and not self.closed:
            self.write()

    def shut(self):
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def close(self):
        if not self.closed:
            self.closed = self.ended = True
            if self.socket in self.exchange.selector.get_map():
                self.exchange.selector.unregister(self.socket)
            self.socket.close()


class Client(Pipe):
    """Sends the steps of a case, and reads answers."""

    def __init__(self, exchange, connection, steps):
        super().__init__(exchange, connection)
        first = next((data for _, data in steps if data), b"")
        self.reader = AnswerReader(first.startswith(b"HEAD "))
        self.steps, self.awaited, self.is_done = list(steps), None, False
        if exchange.is_bytewise and sum(len(data) for _, data in steps) < BYTEWISE_LIMIT:
            self.piece = 1
        self.news = time.monotonic()

    def step(self):
        """Does the next step, after its pause; `await` first waits for one more answer."""
        if not self.steps or self.closed:
            self.is_done = True
            return
        kind, data = self.steps.pop(0)
        if kind == "send":
            self.send(data, self.step)
        elif kind == "await":
            self.awaited = (len(self.reader.labels), data)
        elif kind == "drip":
            rest = [("drip", data[1:])] if len(data) > 1 else []
            self.steps = rest + self.steps
            self.after_pause(lambda: self.send(data[:1], self.step))
        elif kind == "then":
            self.after_pause(lambda: self.send(data, self.step))
        elif kind == "finish":
            self.after_pause(lambda: (self.shut(), self.step()))
        elif kind == "vanish":
            self.after_pause(lambda: (reset(self.socket), self.close(), self.step()))

    def after_pause(self, action):
        self.exchange.timers.after(PAUSE, lambda: None if self.closed else action())

    def received(self, data):
        self.reader.feed(data)
        self.news = time.monotonic()
        if self.awaited and len(self.reader.labels) > self.awaited[0]:
            (_, piece), self.awaited = self.awaited, None
            self.send(piece, self.step)

    def finished(self):
        self.reader.finish()


class Origin(Pipe):
    """A connection of the proxy to the origin."""

    def __init__(self, exchange, connection):
        super().__init__(exchange, connection)
        self.reader, self.has_answered_early, self.is_busy = RequestReader(), False, False

    def received(self, data):
        self.reader.feed(data)
        if self.is_busy and not self.has_answered_early:
            self.reader.faults.append("bytes before the answer")
        self.look()

    def look(self):
        while True:
            request = self.reader.next()
            if request is None:
                if self.reader.broken and not self.closed:
                    self.send(REFUSAL, self.shut)
                break
            self.exchange.requests.append(request)
            if self.has_answered_early:
                self.has_answered_early = self.is_busy = False
                continue
            if self.reader.has_rest:
                self.reader.faults.append("bytes before the answer")
            self.answer(self.exchange.next_reply())
        early = self.exchange.peek_reply()[0][0] == "early"
        if early and not self.is_busy and self.reader.has_rest and self.reader.has_head():
            self.has_answered_early = True
            self.answer(self.exchange.next_reply())

    def answer(self, reply):
        self.is_busy = True
        steps = list(reply)

        def step():
            if self.closed:
                return
            if not steps:
                if not self.has_answered_early:
                    self.is_busy = False
                return
            kind, data = steps.pop(0)
            if kind in ("reply", "early"):
                piece(data)
            elif kind == "more":
                self.exchange.timers.after(PAUSE, lambda: piece(data))
            elif kind == "hangup":
                self.shut()
            elif kind == "abort":
                # A moment, so that what was sent arrives before the reset.
                self.exchange.timers.after(PAUSE, lambda: (reset(self.socket), self.close()))

        def piece(data):
            if data.startswith(b"HTTP/1.1 101"):
                self.reader.tunnel = True
            if not self.closed:
                self.send(data, step)

        step()

    def finished(self):
        pass


class Exchange:
    """Runs one case between an address of a proxy and the listener of its origin."""

    def __init__(self, case, address, listener, patience, is_bytewise=False):
        self.case, self.address, self.listener = case, address, listener
        self.patience, self.is_bytewise = patience, is_bytewise
        self.selector, self.timers = selectors.DefaultSelector(), Timers()
        self.origins, self.requests, self.replies = [], [], []
        for kind, data in case.origin:
            if kind in ("reply", "early"):
                self.replies.append([])
            self.replies[-1].append((kind, data))

    def peek_reply(self):
        return self.replies[0] if self.replies else DEFAULT_REPLY

    def next_reply(self):
        return self.replies.pop(0) if self.replies else DEFAULT_REPLY

    def run(self):
        connection = socket.socket()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.connect(self.address)
        self.listener.setblocking(False)
        self.selector.register(self.listener, selectors.EVENT_READ, None)
        client = self.client = Client(self, connection, self.case.client)
        try:
            client.step()
            self.turn(self.patience, lambda: client.ended or self.is_satisfied(client))
            closed = client.ended and not client.closed
            if not client.ended:
                client.shut()
                self.turn(HALF_CLOSED, lambda: client.ended)
                client.reader.finish()
            has_hung = not client.ended
            if has_hung:
                reset(client.socket)
            client.close()
            if ("vanish", b"") in self.case.client:
                self.turn(self.patience, lambda: all(origin.ended for origin in self.origins))
                if not all(origin.ended for origin in self.origins):
                    self.origins[0].reader.faults.append("upstream connection kept")
            # Whatever the proxy keeps to the origin ends here: the next case begins with none.
            # After a case that hung the proxy may still try again: that is waited for.
            for origin in self.origins:
                if not origin.closed:
                    origin.shut()
            self.turn(
                DRAIN, lambda: not has_hung and all(origin.ended for origin in self.origins))
            return self.outcome(client, closed)
        finally:
            for pipe in [client] + self.origins:
                pipe.close()
            self.selector.unregister(self.listener)
            self.selector.close()

    def is_satisfied(self, client):
        """Whether all that is wanted is there, and for a moment nothing else came."""
        want, labels = self.case.want, client.reader.labels
        is_quiet = time.monotonic() - client.news > QUIET
        return (
            not want.closes and client.is_done and is_quiet and len(labels) >= len(want.answers)
            and len(self.requests) + self.tunnels() >= len(want.requests))

    def tunnels(self):
        return sum(o.reader.tunnel and o.reader.has_rest for o in self.origins)

    def turn(self, seconds, is_done):
        end = time.monotonic() + seconds
        while not is_done() and (now := time.monotonic()) < end:
            wait = max(0, min(end, self.timers.next_time(), now + 0.01) - now)
            for key, mask in self.selector.select(wait):
                if key.data is not None:
                    key.data.ready(mask)
                else:
                    self.accept()
            self.timers.run()

    def accept(self):
        try:
            connection, _ = self.listener.accept()
        except OSError:
            return
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.origins.append(Origin(self, connection))

    def outcome(self, client, closed):
        requests, partial, faults = list(self.requests), False, []
        for origin in self.origins:
            reader = origin.reader
            faults += reader.faults
            if reader.tunnel and reader.has_rest:
                requests.append((b"tunnel", bytes(reader.data[reader.position:]), b""))
            elif reader.has_rest and not reader.broken:
                partial = True
        return Outcome(
            client.reader.labels, closed, requests, partial, faults,
            sum(bool(o.reader.data) for o in self.origins),
            bytes(client.reader.data), b"".join(bytes(o.reader.data) for o in self.origins))
