#!/usr/bin/env python3
"""How each algorithm deals with three servers of which one is twenty times slower.

    python3 Benchmarks/Balancing/uneven.py --binary .build/pingora-lb
    python3 Benchmarks/Balancing/uneven.py --binary .build/pingora-lb --json /tmp/uneven.json

The servers take 1, 1 and 20 ms for a request, one request after the other. Requests come at random
moments, the same ones for each algorithm: 120 a second, of which a third keeps the slow server busy
for 80 % of the time; and 300 a second, of which a third is twice what it can do, while all three
together could do 2050. Every algorithm has the same file but for its word; hash_key is the URI, of
which there are a million. Rounds are interleaved. Ends with 1 where a request failed, or where p99
at the highest rate is not three times better with two_choices and peak_ewma than with round_robin.
"""

import argparse
import asyncio
import json
import socket
import sys
import time
from pathlib import Path
from statistics import mean, median

import arrivals
import bench
import ports
import processes

ALGORITHMS = [
    "round_robin", "random", "least_connections", "two_choices", "peak_ewma", "ketama", "fnv_hash",
    "bounded_load", "maglev",
]
MILLISECONDS = ["1", "1", "20"]
GATE = 3.0


def words(text: str) -> list[str]:
    return text.split(",")


def options():
    parser = argparse.ArgumentParser(description="Three servers, one of them slow.")
    parser.add_argument("--binary", required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--rates", type=words, default=["120", "300"], help="requests a second")
    parser.add_argument("--algorithms", type=words, default=ALGORITHMS)
    parser.add_argument("--json", type=Path, help="where the figures go, for plot.py")
    return parser.parse_args()


def main() -> int:
    chosen = options()
    rounds = {rate: {name: [] for name in chosen.algorithms} for rate in chosen.rates}
    with bench.directory() as place:
        for number in range(chosen.rounds):
            for rate in chosen.rates:
                for name in chosen.algorithms:
                    entry = run(chosen, place, name, float(rate), seed=number)
                    rounds[rate][name].append(entry)
                    print_round(f"{number + 1}/{chosen.rounds}  {rate}/s  {name:<18}", entry)
    results = {
        rate: {name: summary(entries) for name, entries in by_name.items()}
        for rate, by_name in rounds.items()
    }
    for rate, by_name in results.items():
        print_table(rate, by_name)
    if chosen.json:
        chosen.json.write_text(json.dumps(results, indent=2) + "\n")
    return 0 if is_well(results, chosen.rates[-1]) else 1


def print_round(title: str, entry: dict) -> None:
    shares = " ".join(f"{share:.0%}" for share in entry["shares"])
    print(
        f"{title}p50 {entry['p50']:6.1f} ms  p99 {entry['p99']:6.1f} ms  {shares}  "
        f"{entry['failures']} failures", flush=True)


def run(chosen, place: Path, name: str, rate: float, seed: int) -> dict:
    """One algorithm, before servers of its own, so that nothing is left of the one before."""
    log = place / f"origins-{name}-{rate}-{seed}.out"
    program = str(Path(__file__).with_name("slow_origins.py"))
    origins = processes.start([sys.executable, program, *MILLISECONDS], log)
    try:
        servers = wait_for_ports(log)
        child, port = bench.start_balancer(
            chosen.binary, place, servers, f"algorithm: {name}")
        try:
            latencies, failures = asyncio.run(
                arrivals.run(port, rate, chosen.seconds, seed))
        finally:
            processes.stop(child)
        counts = [count(server) for server in servers]
    finally:
        processes.stop(origins)
    latencies.sort()
    return {
        "p50": 1000 * latencies[len(latencies) // 2],
        "p99": 1000 * latencies[len(latencies) * 99 // 100],
        "shares": [each / sum(counts) for each in counts], "failures": failures,
    }


def wait_for_ports(log: Path) -> list[int]:
    deadline = time.monotonic() + 10
    while not log.exists() or not log.read_text().endswith("\n"):
        if time.monotonic() > deadline:
            raise RuntimeError("the servers do not start")
        time.sleep(0.01)
    return [int(word) for word in log.read_text().split()]


def count(port: int) -> int:
    """Requests that the server at this port has got."""
    with socket.create_connection((ports.ADDRESS, port), 2) as connection:
        connection.sendall(b"GET /count HTTP/1.1\r\n\r\n")
        return int(connection.recv(4096).split(b"\r\n\r\n")[1])


def summary(rounds: list[dict]) -> dict:
    return {
        "p50": median(each["p50"] for each in rounds),
        "p99": median(each["p99"] for each in rounds),
        "p99_least": min(each["p99"] for each in rounds),
        "p99_most": max(each["p99"] for each in rounds),
        "shares": [mean(each["shares"][index] for each in rounds) for index in range(3)],
        "failures": sum(each["failures"] for each in rounds),
    }


def print_table(rate: str, results: dict[str, dict]) -> None:
    turns = results.get("round_robin")
    print(f"\n{rate} requests a second\n")
    print("| algorithm | to the slow one | p50 ms | p99 ms | better than round_robin | failures |")
    print("|---|---:|---:|---:|---:|---:|")
    for name, each in results.items():
        ratio = f"{turns['p99'] / each['p99']:.1f}x" if turns else "-"
        print(
            f"| {name} | {each['shares'][2]:.1%} | {each['p50']:.1f} | {each['p99']:.0f} "
            f"({each['p99_least']:.0f}..{each['p99_most']:.0f}) | {ratio} | {each['failures']} |")


def is_well(results: dict[str, dict], rate: str) -> bool:
    if any(each["failures"] for by_name in results.values() for each in by_name.values()):
        return False
    turns = results[rate].get("round_robin")
    return turns is None or all(
        turns["p99"] >= GATE * results[rate][name]["p99"]
        for name in ("two_choices", "peak_ewma") if name in results[rate])


if __name__ == "__main__":
    sys.exit(main())
