"""Runs the workloads for every peer, interleaved, and reports. See ../README.md."""

import sys
import tempfile
import time
from pathlib import Path

import allocations
import cores
import first_request
import history
import idle
import options
import origin
import processes
import report
import system_calls
import targets
import workloads
from peers.command import Command
from peers.haproxy import HAProxy
from peers.nginx import Nginx
from peers.pingora_lb import PingoraLB
from running import Bench


def main() -> int:
    chosen = options.parse()
    processes.stop_on_signals()
    peers = choose_peers(chosen)
    connections = idle.connection_count(idle.raise_descriptor_limit())
    results, facts, complete = {}, [], False
    with tempfile.TemporaryDirectory(prefix="pingora-bench-") as name:
        directory = Path(name)
        directory.chmod(0o755)
        try:
            layout = cores.plan()
            _, origin_port = origin.start(directory, layout)
            bench = Bench(origin_port, layout, directory)
            facts = describe(chosen, peers, layout, connections)
            print("\n".join(facts), flush=True)
            for workload in chosen.workloads:
                results[workload] = {}
                run(workload, peers, bench, chosen, connections, results[workload])
            complete = True
        except KeyboardInterrupt:
            print("\ninterrupted; what was measured until here:")
        finally:
            processes.stop_all()
    return finish(results, facts, chosen, complete)


def choose_peers(chosen) -> list:
    known = [Nginx(), Nginx("nginx-buffered", "combined buffer=64k flush=1s"), HAProxy()]
    if chosen.pingora_lb:
        known.append(PingoraLB(chosen.pingora_lb))
    known += [Command(text) for text in chosen.peer_command]
    by_name = {peer.name: peer for peer in known}
    names = chosen.peers or [name for name in by_name if name != "nginx-buffered"]
    unknown = [name for name in names if name not in by_name]
    if unknown:
        raise SystemExit(f"unknown peer: {', '.join(unknown)}; there are {', '.join(by_name)}")
    return [by_name[name] for name in names]


def describe(chosen, peers, layout, connections) -> list[str]:
    with open("/proc/cpuinfo") as file:
        model = next((line.split(":")[1].strip() for line in file if "model name" in line), "?")
    facts = [f"{peer.name}: {peer.version()}, one worker" for peer in peers]
    facts.append(f"machine: {model}; {layout.describe()}")
    facts.append(f"{chosen.rounds} rounds of {chosen.seconds} s, interleaved; median (min..max); "
                 "ratios are of CPU per request, paired by round")
    if "idle" in chosen.workloads:
        limited = "" if connections == idle.WANTED else " (as many as RLIMIT_NOFILE allows)"
        facts.append(f"idle: {connections} connections{limited}")
    return facts


def run(workload: str, peers, bench: Bench, chosen, connections: int, found: dict) -> None:
    """All rounds of one workload into `found`: peer by peer within a round, so that noise hits
    all alike."""
    loads = {load.name: load for load in workloads.LOADS}
    load = loads.get(workload)
    if load and load.access_log:
        peers = [peer for peer in peers if peer.can_log_accesses]
    # Counts hardly vary: two rounds show that. A start is short: ten are cheap.
    rounds = {workloads.IDLE: min(2, chosen.rounds), workloads.SYSTEM_CALLS: 1, workloads.ALLOCATIONS: 1,
              workloads.FIRST_REQUEST: first_request.STARTS}.get(workload, chosen.rounds)
    found.update({peer.name: [] for peer in peers})
    for number in range(1, rounds + 1):
        for peer in peers:
            try:
                if load:
                    entry = workloads.run_round(load, peer, bench, chosen.seconds)
                elif workload == workloads.IDLE:
                    entry = idle.run_round(peer, bench, connections)
                elif workload == workloads.SYSTEM_CALLS:
                    entry = system_calls.run_round(peer, bench)
                elif workload == workloads.ALLOCATIONS:
                    entry = allocations.run_round(peer, bench)
                else:
                    entry = first_request.run_round(peer, bench)
            except RuntimeError as error:
                entry = {"errors": 1, "reason": str(error)}
            found[peer.name].append(entry)
            if workload != workloads.FIRST_REQUEST or entry["errors"]:
                print(report.round_line(workload, peer.name, number, rounds, entry), flush=True)


def finish(results: dict, facts: list[str], chosen, complete: bool) -> int:
    """Prints, records and judges. Status: 0 fine, 1 errors in a round, 2 a target was missed."""
    print(report.as_text(results))
    if not complete:
        return 1
    print(f"\nrecorded in {history.append(results, facts)}")
    if chosen.markdown:
        Path(chosen.markdown).write_text(report.as_markdown(results, facts))
        print(f"Markdown in {chosen.markdown}")
    failed = sorted({
        f"{workload}/{peer}" for workload, by_peer in results.items()
        for peer, rounds in by_peer.items() if any(entry["errors"] for entry in rounds)})
    if failed:
        print(f"failed rounds: {', '.join(failed)}")
    if chosen.check:
        met, lines = targets.check(results, chosen.subject)
        print("\ntargets for " + chosen.subject + "\n" + "\n".join(lines))
        if not met:
            return 2
    return 1 if failed else 0


sys.exit(main())
