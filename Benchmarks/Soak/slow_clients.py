#!/usr/bin/env python3
"""Ordinary clients beside thousands that send one byte a second.

    python3 Benchmarks/Soak/slow_clients.py --binary .build/pingora-lb

In turn: wrk alone; wrk while the slow ones trickle into another pingora-lb, which costs the machine
as much; wrk while they trickle into this one. Each with clients that pause 10 ms before a request,
and with such as take all that the machine gives. Ends with 1 where the former keep less than --keep
of the throughput that they have alone, or the latter of what they have with the slow ones
elsewhere; where one of the slow ones was lost, or costs more memory than --kib.
"""

import argparse
import select
import statistics
import subprocess
import sys
from pathlib import Path

import bench
import cores
import cpu
import origin
import processes
import wrk

CLIENT = Path(__file__).with_name("trickle_client.py")
READY_SECONDS = 60
SETTLE_SECONDS = 2.0
PLACES = ("nowhere", "elsewhere", "here")
# How ordinary clients behave, and with whom they are compared.
LOADS = {"pausing": "nowhere", "hurried": "elsewhere"}
PAUSE = Path(__file__).with_name("pause.lua")


def options():
    parser = argparse.ArgumentParser(description="Ordinary clients beside slow ones.")
    parser.add_argument("--binary", required=True)
    parser.add_argument("--slow", type=int, default=5000, help="slow connections")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--keep", type=float, default=0.99, help="share of throughput")
    parser.add_argument("--kib", type=float, default=24, help="memory of a slow connection")
    return parser.parse_args()


def answer(client) -> int:
    """The number in the next line that the slow clients print."""
    if not select.select([client.stdout], [], [], READY_SECONDS)[0]:
        raise RuntimeError(f"the slow clients said nothing for {READY_SECONDS} s")
    words = client.stdout.readline().split()
    if len(words) != 2:
        raise RuntimeError("the slow clients failed")
    return int(words[1])


def run_round(place, chosen, directory, balancers, sink) -> dict:
    """One measurement with the slow clients at `place`."""
    process, port = balancers["here"]
    client, opened, lost = None, 0, 0
    before = bench.resident_kib(process.pid)
    if place != "nowhere":
        client = processes.start(
            [sys.executable, str(CLIENT), str(balancers[place][1]), str(chosen.slow)],
            directory / "trickle.out", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        opened = answer(client)
        select.select([], [], [], SETTLE_SECONDS)
    growth = bench.resident_kib(process.pid) - before
    loads = {
        load: run_load(chosen, directory, process.pid, port, load) for load in LOADS
    }
    if client:
        client.stdin.close()
        lost = opened - answer(client)
        processes.stop(client)
        sink.empty()
    return {"loads": loads, "growth": growth, "lost": lost}


def run_load(chosen, directory, pid, port, load) -> dict:
    """What ordinary clients get, and what it costs the balancer."""
    started = cpu.cpu_seconds(pid)
    report = wrk.run(
        f"http://127.0.0.1:{port}{origin.ONE_KIB}", bench.CONNECTIONS, chosen.seconds, directory,
        cores.plan().client, script=PAUSE if load == "pausing" else None)
    spent = cpu.cpu_seconds(pid) - started
    return {
        "throughput": report.requests / report.seconds, "p99": report.p99_microseconds / 1000,
        "core": spent / report.seconds, "errors": report.errors,
    }


def measure(chosen) -> dict:
    results = {place: [] for place in PLACES}
    with bench.started() as (directory, origin_port):
        sink = bench.Sink()
        balancers = {
            place: bench.start_balancer(chosen.binary, directory, origin_port, sink.port)
            for place in PLACES[1:]
        }
        run_round("nowhere", chosen, directory, balancers, sink)
        for _ in range(chosen.rounds):
            for place in PLACES:
                results[place].append(run_round(place, chosen, directory, balancers, sink))
    return results


def kept(results, load, place) -> list[float]:
    """Of each round, the share of the throughput at `place` that the slow ones here leave."""
    return [
        here["loads"][load]["throughput"] / there["loads"][load]["throughput"]
        for here, there in zip(results["here"], results[place])
    ]


def show(results, load) -> None:
    for place in PLACES:
        rounds = [each["loads"][load] for each in results[place]]
        median = lambda key: statistics.median(each[key] for each in rounds)
        print(
            f"| {load} | {place} | {median('throughput'):.0f} | {median('p99'):.1f} "
            f"| {median('core'):.2f} | {sum(each['errors'] for each in rounds)} |")


def main() -> int:
    chosen = options()
    results = measure(chosen)
    print("| ordinary clients | slow ones | requests/s | p99 ms | cores | errors |")
    print("|---|---|---:|---:|---:|---:|")
    for load in LOADS:
        show(results, load)
    fails = False
    for load, place in LOADS.items():
        shares = kept(results, load, place)
        share = statistics.median(shares)
        fails = fails or share < chosen.keep
        print(
            f"{load} clients keep {share:.3f} ({min(shares):.3f} to {max(shares):.3f}) of the "
            f"throughput that they have with the slow ones {place}")
    # The first time; later ones find the memory there already.
    kib = results["here"][0]["growth"] / chosen.slow
    rounds = [each for place in PLACES for each in results[place]]
    lost = sum(each["lost"] for each in rounds)
    errors = sum(each["loads"][load]["errors"] for each in rounds for load in LOADS)
    print(f"a slow connection of {chosen.slow}: {kib:.1f} KiB; {lost} were lost")
    return 1 if fails or lost or errors or kib > chosen.kib else 0


if __name__ == "__main__":
    sys.exit(main())
