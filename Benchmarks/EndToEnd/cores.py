"""Which core runs what. With four or more, peer, origin and client each get their own."""

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Cores:
    peer: set[int] | None
    origin: set[int] | None
    client: set[int] | None

    def describe(self) -> str:
        if self.peer is None:
            return "not pinned (fewer than 4 cores)"
        one = lambda cores: ",".join(map(str, sorted(cores)))
        return (f"peer on core {one(self.peer)}, origin on {one(self.origin)}, "
                f"client on {one(self.client)}")


def plan() -> Cores:
    available = sorted(os.sched_getaffinity(0))
    if len(available) < 4:
        return Cores(None, None, None)
    return Cores({available[-1]}, {available[-2]}, {available[-3]})
