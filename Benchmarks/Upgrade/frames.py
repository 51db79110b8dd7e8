"""WebSocket frames (RFC 6455), as much as both ends of the check need. Standard library only,
since `python3` is not everywhere the one that has Debian's python3-websockets."""

import base64
import hashlib
import os

TEXT, CLOSE = 0x1, 0x8
_ACCEPT_SUFFIX = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def new_key() -> bytes:
    return base64.b64encode(os.urandom(16))


def accept_value(key: bytes) -> bytes:
    return base64.b64encode(hashlib.sha1(key + _ACCEPT_SUFFIX).digest())


def frame(opcode: int, payload: bytes, masked: bool) -> bytes:
    """A whole frame. Clients mask, servers don't. At most 65535 bytes."""
    mask_bit = 0x80 if masked else 0
    if len(payload) < 126:
        head = bytes([0x80 | opcode, mask_bit | len(payload)])
    else:
        head = bytes([0x80 | opcode, mask_bit | 126]) + len(payload).to_bytes(2, "big")
    if not masked:
        return head + payload
    mask = os.urandom(4)
    return head + mask + _masked(payload, mask)


def take(buffer: bytearray) -> tuple[int, bytes] | None:
    """Removes the first frame from the buffer: its opcode and payload. None: not yet complete.
    Raises ValueError for what `frame` never writes."""
    if len(buffer) < 2:
        return None
    length, at = buffer[1] & 0x7F, 2
    if buffer[0] & 0x70 or length == 127:
        raise ValueError(f"not a frame of ours: {bytes(buffer[:8]).hex()}")
    if length == 126:
        length, at = int.from_bytes(buffer[2:4], "big"), 4
    mask_length = 4 if buffer[1] & 0x80 else 0
    end = at + mask_length + length
    if len(buffer) < end:
        return None
    payload = bytes(buffer[at + mask_length:end])
    if mask_length:
        payload = _masked(payload, bytes(buffer[at:at + 4]))
    opcode = buffer[0] & 0x0F
    del buffer[:end]
    return opcode, payload


def _masked(payload: bytes, mask: bytes) -> bytes:
    stream = (mask * (len(payload) // 4 + 1))[:len(payload)]
    both = int.from_bytes(payload, "big") ^ int.from_bytes(stream, "big")
    return both.to_bytes(len(payload), "big")
