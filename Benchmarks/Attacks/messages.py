"""Strict HTTP/1.1 readers: of answers at the client, of forwarded requests at the origin."""

import re

TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
REQUEST_LINE = re.compile(rb"(" + TOKEN + rb") ([\x21-\x7e\x80-\xff]+) HTTP/1\.[01]")
STATUS_LINE = re.compile(rb"HTTP/1\.[01] (\d{3})(?: [^\r\n]*)?")
FIELD_LINE = re.compile(rb"(" + TOKEN + rb"):[ \t]*([^\x00\r\n]*)")
CHUNK_LINE = re.compile(rb"([0-9A-Fa-f]{1,15})(;.*)?")
INCOMPLETE, UNTIL_END = object(), object()


class Unreadable(Exception):
    """Bytes that are no HTTP message."""


def split_head(data, position):
    """The lines of a head and the place behind it; None while it is not whole."""
    end = data.find(b"\r\n\r\n", position)
    if end < 0:
        return None
    return bytes(data[position:end]).split(b"\r\n"), end + 4


def read_fields(lines):
    fields = []
    for line in lines:
        match = FIELD_LINE.fullmatch(line)
        if not match:
            raise Unreadable(f"field line {line[:60]!r}")
        fields.append((match[1].lower(), match[2].strip(b" \t")))
    return fields


def values(fields, name):
    return [value for key, value in fields if key == name]


def read_chunked(data, position, faults):
    """The body and the place behind it, or INCOMPLETE."""
    body = bytearray()
    while True:
        end = data.find(b"\r\n", position)
        if end < 0:
            return INCOMPLETE
        match = CHUNK_LINE.fullmatch(bytes(data[position:end]))
        if not match:
            raise Unreadable(f"chunk line {bytes(data[position:end])[:60]!r}")
        if match[2]:
            faults.append("chunk extension forwarded")
        size, position = int(match[1], 16), end + 2
        if size == 0:
            break
        if len(data) < position + size + 2:
            return INCOMPLETE
        if data[position + size:position + size + 2] != b"\r\n":
            raise Unreadable("chunk data without its end")
        body += data[position:position + size]
        position += size + 2
    while True:  # trailers
        end = data.find(b"\r\n", position)
        if end < 0:
            return INCOMPLETE
        line, position = bytes(data[position:end]), end + 2
        if not line:
            return bytes(body), position
        read_fields([line])


class AnswerReader:
    """Labels of the answers in what a client gets: `200`, `200!` if cut, `raw` for other bytes."""

    def __init__(self, first_is_head):
        self.data, self.position, self.labels = bytearray(), 0, []
        self.head_pending = first_is_head
        self.opaque = False  # after a 101

    def feed(self, data):
        self.data += data
        while not self.opaque and self.position < len(self.data) and self.advance(False):
            pass

    def finish(self):
        while not self.opaque and self.position < len(self.data) and self.advance(True):
            pass

    def advance(self, ended):
        try:
            return self.read_one(ended)
        except Unreadable:
            self.labels.append("raw")
            self.opaque = True
            return False

    def read_one(self, ended):
        start = bytes(self.data[self.position:self.position + 5])
        if not b"HTTP/".startswith(start[:5]):
            raise Unreadable("no status line")
        head = split_head(self.data, self.position)
        if head is None:
            if ended:
                self.labels.append("raw")
                self.position = len(self.data)
            return False
        lines, position = head
        match = STATUS_LINE.fullmatch(lines[0])
        if not match:
            raise Unreadable("no status line")
        status = match[1].decode()
        body = self.body_end(int(status), read_fields(lines[1:]), position)
        if body is INCOMPLETE or body is UNTIL_END:
            if not ended:
                return False
            self.labels.append(status + ("!" if body is INCOMPLETE else ""))
            self.position = len(self.data)
            return False
        self.labels.append(status)
        self.position = body
        return True

    def body_end(self, status, fields, position):
        if status == 101:
            self.opaque = True
            return position
        if status < 200:
            return position
        is_head, self.head_pending = self.head_pending, False
        if is_head or status in (204, 304):
            return position
        if values(fields, b"transfer-encoding"):
            result = read_chunked(self.data, position, [])
        elif lengths := values(fields, b"content-length"):
            end = position + int(lengths[0])
            result = (None, end) if end <= len(self.data) else INCOMPLETE
        else:
            return UNTIL_END
        if result is INCOMPLETE:
            self.head_pending = is_head
            return INCOMPLETE
        return result[1]


class RequestReader:
    """Requests in what an origin gets, and whatever is not canonical about them."""

    def __init__(self):
        self.data, self.position = bytearray(), 0
        self.requests, self.faults = [], []
        self.broken = self.tunnel = False

    def feed(self, data):
        self.data += data

    @property
    def has_rest(self):
        return self.position < len(self.data)

    def has_head(self):
        """Whether the head of a request stands at the position, whole or not in its body."""
        return not self.tunnel and split_head(self.data, self.position) is not None

    def next(self):
        """The next whole request as (method, target, body), or None."""
        if self.broken or self.tunnel or not self.has_rest:
            return None
        try:
            request = self.read_one()
        except Unreadable as error:
            self.faults.append(f"unreadable: {error}")
            self.broken = True
            return None
        if request:
            self.requests.append(request)
        return request

    def read_one(self):
        head = split_head(self.data, self.position)
        if head is None:
            return None
        lines, position = head
        match = REQUEST_LINE.fullmatch(lines[0])
        if not match:
            raise Unreadable(f"request line {lines[0][:60]!r}")
        fields, faults = read_fields(lines[1:]), []
        codings = values(fields, b"transfer-encoding")
        lengths = values(fields, b"content-length")
        if len(codings) + len(lengths) > 1:
            faults.append("several lengths forwarded")
        if len(values(fields, b"host")) != 1:
            faults.append("not one Host forwarded")
        if codings:
            if [coding.lower() for coding in codings] != [b"chunked"]:
                faults.append(f"coding {codings[0]!r} forwarded")
            result = read_chunked(self.data, position, faults)
        elif lengths:
            if not re.fullmatch(rb"0|[1-9]\d{0,18}", lengths[0]):
                faults.append(f"length {lengths[0]!r} forwarded")
            end = position + (int(lengths[0]) if lengths[0].isdigit() else 0)
            result = (bytes(self.data[position:end]), end) if end <= len(self.data) else INCOMPLETE
        else:
            result = (b"", position)
        if result is INCOMPLETE:
            return None
        self.faults += faults
        body, self.position = result
        return match[1], match[2], body
