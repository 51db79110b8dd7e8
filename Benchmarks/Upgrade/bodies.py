"""What the origin answers and the checker expects: computed on both sides, never stored."""

import hashlib
import json

# Slow transfers: a piece every 100 ms.
PIECE_BYTES = 4000
PIECE_SECONDS = 0.1


def echo(token: str) -> bytes:
    """The answer to /echo/TOKEN. Every request has its own token, so that an answer given to the
    wrong client is seen."""
    return (token + "\n").encode() * 32


def numbered(length: int) -> bytes:
    """Bytes that tell where they stand, so that a lost or repeated part is seen."""
    return b"".join(b"%09d\n" % line for line in range(length // 10 + 1))[:length]


def slow(seconds: float) -> bytes:
    """The body of a transfer that takes this long."""
    return numbered(max(1, round(seconds / PIECE_SECONDS)) * PIECE_BYTES)


def receipt(body: bytes) -> bytes:
    """What the origin answers to an upload."""
    digest = hashlib.sha256(body).hexdigest()
    return json.dumps({"length": len(body), "sha256": digest}).encode()
