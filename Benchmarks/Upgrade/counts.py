"""What a run saw: what went well, and every fault by its kind."""

import json
import time

FAULTS = (
    "refused",                  # a connect was refused
    "reset",                    # ... or a connection reset before the answer was complete
    "closed_without_response",  # closed after a request, not a byte of an answer
    "truncated",                # closed within an answer
    "not_200",                  # another status (101 for the WebSocket)
    "wrong_body",               # not exactly the bytes expected
    "timeouts",                 # nothing moved for too long
    "keepalive_closed",         # a connection closed, or reset, between two requests
    "websocket_closed",         # a WebSocket closed, or reset
)
GOOD = ("requests", "connections", "downloads", "uploads", "messages")
# Among keepalive_closed: those that the answer before announced with `Connection: close`.
ANNOUNCED = "keepalive_closed_announced"
EVENTS_KEPT = 20  # of each kind


class Counts:
    def __init__(self):
        self.started = time.monotonic()
        self.values = dict.fromkeys(GOOD + FAULTS + (ANNOUNCED,), 0)
        self.slowest_seconds = 0.0
        self.events: list[str] = []

    def good(self, name: str) -> None:
        self.values[name] += 1

    def answered(self, seconds: float) -> None:
        self.values["requests"] += 1
        self.slowest_seconds = max(self.slowest_seconds, seconds)

    def fault(self, kind: str, client: str, detail: str = "") -> None:
        self.values[kind] += 1
        if self.values[kind] <= EVENTS_KEPT:
            self.events.append(f"{self.elapsed:.3f} s {client}: {kind} {detail}".rstrip())

    @property
    def elapsed(self) -> float:
        return time.monotonic() - self.started

    @property
    def faults(self) -> int:
        return sum(self.values[kind] for kind in FAULTS)

    def as_json(self, unfinished: int) -> str:
        """One line. `events` says when the first faults came, and to whom; `unfinished` are the
        slow transfers that the end of the run cut short, which is no fault."""
        return json.dumps(self.values | {
            "unfinished": unfinished, "faults": self.faults, "seconds": round(self.elapsed, 1),
            "requests_per_second": round(self.values["requests"] / max(self.elapsed, 0.001)),
            "slowest_milliseconds": round(self.slowest_seconds * 1000),
            "events": self.events})
