#!/usr/bin/env python3
"""Whether resident memory stays where it is, request after request.

    python3 Benchmarks/Soak/steady_memory.py --binary .build/pingora-lb
    python3 Benchmarks/Soak/steady_memory.py --binary .build/pingora-lb --requests 10000000

wrk asks for 1 KiB on 64 connections that are kept, until there were that many requests. With
--mixed it asks for 100 KiB too, and now and then on a connection for each request; then the most
that was ever needed at once comes late, so give it --warm-up. The first tenth warms up.
Ends with 1 where the process has grown by more than --kib after that, or where a request failed.
"""

import argparse
import sys

import bench
import cores
import origin
import wrk

# So short that each kind has its turn while it warms up.
CHUNK_SECONDS = 1.0
# Path, and whether each request has a connection of its own. Ports linger, so that of these there
# are few.
MIXED = [
    (origin.ONE_KIB, False), (origin.HUNDRED_KIB, False), (origin.ONE_KIB, False),
    (origin.TINY, False), (origin.ONE_KIB, False),
]
CLOSING = (origin.TINY, True)
CLOSING_EVERY = 20


def options():
    parser = argparse.ArgumentParser(description="Resident memory over many requests.")
    parser.add_argument("--binary", required=True)
    parser.add_argument("--requests", type=int, default=1_000_000)
    parser.add_argument("--warm-up", type=int, help="requests; a tenth where it is left out")
    parser.add_argument("--mixed", action="store_true")
    parser.add_argument("--kib", type=int, default=1024, help="growth that is no leak")
    return parser.parse_args()


def main() -> int:
    chosen = options()
    warm_up = chosen.warm_up or chosen.requests // 10
    done, errors, baseline, highest, turn, seconds = 0, 0, None, 0, 0, 0.0
    with bench.started() as (directory, origin_port):
        process, port = bench.start_balancer(chosen.binary, directory, origin_port)
        start = bench.resident_kib(process.pid)
        while done < chosen.requests:
            path, closing = (origin.ONE_KIB, False)
            if chosen.mixed:
                path, closing = CLOSING if turn % CLOSING_EVERY == 1 else MIXED[turn % len(MIXED)]
            report = wrk.run(
                f"http://127.0.0.1:{port}{path}", bench.CONNECTIONS,
                CHUNK_SECONDS, directory, cores.plan().client, closing)
            done, errors = done + report.requests, errors + report.errors
            seconds, turn = seconds + report.seconds, turn + 1
            resident = bench.resident_kib(process.pid)
            if done >= warm_up:
                baseline = resident if baseline is None else baseline
                highest = max(highest, resident)
            print(f"{done:>9} requests  {resident:>7} KiB  {path}", flush=True)
        end = bench.resident_kib(process.pid)
    print(
        f"{done} requests in {seconds:.0f} s, {errors} errors; resident: {start} KiB at the start, "
        f"{baseline} KiB after {warm_up}, {end} KiB at the end, at most {highest} KiB between")
    return 1 if errors or end - baseline > chosen.kib else 0


if __name__ == "__main__":
    sys.exit(main())
