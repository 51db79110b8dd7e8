#!/usr/bin/env python3
"""What clients notice when one of three servers is killed under load, and comes back.

    python3 Benchmarks/Balancing/kill_one.py --binary .build/pingora-lb

wrk asks on 64 connections that are kept. After 3 s an nginx is killed (SIGKILL), after 6 s it is
started again, after 11 s wrk ends. Rounds are interleaved: without any help, with failover alone,
and with failover, ejection and checks. Ends with 1 where the last has a single failure, or where
its traffic comes back later than a check and its slow start take.
"""

import argparse
import sys
import threading
import time
from dataclasses import dataclass
from statistics import median

import bench
import processes
import wrk
from counted_origin import CountedOrigin

CONNECTIONS = 64
KILL, RESTART, END = 3.0, 6.0, 11.0
POLL_SECONDS = 0.02
WINDOW_SECONDS = 0.5
# With the jitter of a check, 10 %.
CHECK_SECONDS, SLOW_START_SECONDS = 0.55, 1.0
# For the check itself, the poll that sees it and the window that is looked at.
TOLERANCE_SECONDS = 0.2 + WINDOW_SECONDS

GROUPS = {
    "nothing": "failover: false",
    "failover": "failover: true",
    "all": """\
failover: true
slow_start: 1s
ejection: { consecutive_failures: 3 }
health_check: { path: /, interval: 500ms, interval_while_down: 500ms, rise: 1 }""",
}


@dataclass(frozen=True)
class Round:
    requests: int
    failures: int
    # Seconds after it listens again: the first request, and its whole share.
    first_seconds: float | None
    whole_seconds: float | None


class Watch:
    """Looks at what the servers have answered, again and again."""

    def __init__(self, origins: list[CountedOrigin]):
        self._origins = origins
        self._is_over = threading.Event()
        self.samples: list[tuple[float, list[int | None]]] = []
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        while not self._is_over.wait(POLL_SECONDS):
            self.samples.append((time.monotonic(), [each.count() for each in self._origins]))

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._is_over.set()
        self._thread.join()


def main() -> int:
    parser = argparse.ArgumentParser(description="A server is killed under load.")
    parser.add_argument("--binary", required=True)
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    results: dict[str, list[Round]] = {name: [] for name in GROUPS}
    with bench.directory() as place:
        for number in range(chosen.rounds):
            for name, group in GROUPS.items():
                found = run(chosen.binary, place, group)
                results[name].append(found)
                print(f"{number + 1}/{chosen.rounds}  {name:<9}{found}", flush=True)
    print_table(results)
    limit = CHECK_SECONDS + SLOW_START_SECONDS + TOLERANCE_SECONDS
    is_well = all(
        each.failures == 0 and each.whole_seconds is not None and each.whole_seconds <= limit
        for each in results["all"])
    print(f"with all: {'well' if is_well else 'NOT WELL'}; the limit is {limit:.2f} s")
    return 0 if is_well else 1


def run(binary: str, place, group: str) -> Round:
    origins = [CountedOrigin(place) for _ in range(3)]
    child, port = bench.start_balancer(binary, place, [each.port for each in origins], group)
    began = time.monotonic()
    events = [threading.Timer(KILL, origins[2].kill), threading.Timer(RESTART, origins[2].start)]
    try:
        with Watch(origins) as watch:
            for event in events:
                event.start()
            report = wrk.run(f"http://127.0.0.1:{port}/", CONNECTIONS, END, place, None)
    finally:
        for event in events:
            event.cancel()
            if event.ident:
                event.join()
        processes.stop(child)
        for each in origins:
            each.kill()
    first, whole = comeback(
        [sample for sample in watch.samples if sample[0] > began + (KILL + RESTART) / 2])
    return Round(report.requests, report.errors, first, whole)


def comeback(samples) -> tuple[float | None, float | None]:
    """When the third server, which is down at first, got a request, and 90 % of its share."""
    up = next((index for index, (_, counts) in enumerate(samples) if counts[2] is not None), None)
    if up is None:
        return None, None
    start, first, whole = samples[up][0], None, None
    for index, (now, counts) in enumerate(samples):
        # Checks are requests, too: a few are no traffic.
        if index > up and first is None and (counts[2] or 0) > 10:
            first = now - start
        before = next((each for each in samples[up:] if each[0] >= now - WINDOW_SECONDS), None)
        if index <= up or whole is not None or before is None or now - start < WINDOW_SECONDS:
            continue
        gains = [after - earlier for after, earlier in zip(counts, before[1])]
        if gains[2] >= 0.9 * (gains[0] + gains[1]) / 2:
            whole = now - start
    return first, whole


def print_table(results: dict[str, list[Round]]) -> None:
    print("\n| with | requests | failures | first request | whole share |")
    print("|---|---:|---:|---:|---:|")
    for name, rounds in results.items():
        cells = [
            str(sum(each.requests for each in rounds)), str(sum(each.failures for each in rounds))]
        for values in ([each.first_seconds for each in rounds],
                       [each.whole_seconds for each in rounds]):
            known = [value for value in values if value is not None]
            cells.append(
                f"{median(known):.2f} s ({min(known):.2f}..{max(known):.2f})" if known else "-")
        print(f"| {name} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    sys.exit(main())
