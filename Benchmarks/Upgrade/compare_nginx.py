"""Upgrades and reloads of nginx, HAProxy and pingora-lb under the same load, side by side.

    python3 Benchmarks/Upgrade/compare_nginx.py --binary .build/pingora-lb

Prints a Markdown table. Status: 0 all runs came to their end, and pingora-lb's without a fault
and without an old process that stays; 1 otherwise.
"""

import argparse
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True

import processes
import table
from proxies.haproxy import HAProxyReload
from proxies.nginx import NginxReload, NginxUpgrade
from proxies.pingora_lb import PingoraLB
from replacing import Replacing

RUNS = {"nginx-upgrade": NginxUpgrade, "nginx-reload": NginxReload,
        "haproxy-reload": HAProxyReload, "pingora-lb": PingoraLB}
PROGRAMS = {"nginx-upgrade": "nginx", "nginx-reload": "nginx", "haproxy-reload": "haproxy"}
LEAVE_SECONDS = 3.0


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Replaces proxies under load and compares.")
    parser.add_argument("--binary", type=Path, help="pingora-lb")
    parser.add_argument("--runs", type=lambda text: text.split(","), default=list(RUNS),
                        metavar="LIST", help=f"of {','.join(RUNS)} (all that are installed)")
    parser.add_argument("--times", type=int, default=10, help="replacements in a row (10)")
    parser.add_argument("--between", type=float, default=4, metavar="S",
                        help="after looking at the processes, 1 s after each (4)")
    parser.add_argument("--warm-up", type=float, default=3, metavar="S", help="(3)")
    parser.add_argument("--rate", default="1500", help="of the load (1500)")
    parser.add_argument("--slow-seconds", default="20", help="of a slow transfer (20)")
    parser.add_argument("--without-slow", action="store_true",
                        help="no slow transfers, so that old processes need not wait for them")
    parser.add_argument("--live", action="store_true", help="counts every second")
    parser.add_argument("--events", action="store_true", help="the first faults of each run")
    return parser.parse_args()


def chosen_runs(chosen) -> list[str]:
    unknown = set(chosen.runs) - set(RUNS)
    if unknown:
        raise SystemExit(f"unknown run: {', '.join(sorted(unknown))}")
    usable = []
    for name in chosen.runs:
        program = str(chosen.binary or "") if name == "pingora-lb" else PROGRAMS[name]
        if program and shutil.which(program):
            usable.append(name)
        else:
            print(f"{name}: left out, no {program or '--binary'}", file=sys.stderr)
    return usable


def versions(names: list[str]) -> list[str]:
    found = []
    for program in sorted({PROGRAMS[name] for name in names if name in PROGRAMS}):
        done = subprocess.run([program, "-v"], capture_output=True, text=True, check=False)
        first = (done.stdout + done.stderr).splitlines()[0]
        found.append(first.removeprefix("nginx version: "))
    return found


def is_good(run: Replacing, chosen) -> bool:
    """No fault, and each old process leaves soon after its last slow transfer."""
    limit = LEAVE_SECONDS + (0 if chosen.without_slow else float(chosen.slow_seconds))
    longest = max(run.lingered.values(), default=0)
    if longest > limit:
        print(f"an old process was there for {longest:.1f} s, {limit:.0f} s are fine; faults: "
              f"{run.counts['faults']}", file=sys.stderr)
    return longest <= limit and not run.counts["faults"]


def main() -> int:
    chosen = parse()
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    if chosen.binary:
        PingoraLB.binary = chosen.binary.resolve()
    processes.adopt_daemons()
    runs, notes, failed = {}, [], False
    for name in chosen_runs(chosen):
        proxy = RUNS[name]
        print(f"{proxy.name}: {chosen.times} times", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory(prefix="pingora-upgrade-") as directory:
            options = ["--rate", chosen.rate, "--slow-seconds", chosen.slow_seconds]
            if chosen.without_slow:
                options += ["--downloads", "0", "--uploads", "0"]
            run = Replacing(proxy, Path(directory), options, chosen.live)
            try:
                run.run(chosen.times, chosen.between, chosen.warm_up)
            except RuntimeError as error:
                print(f"{proxy.name}: {error}", file=sys.stderr)
                failed = True
                continue
        runs[proxy.name] = table.rows(run)
        notes.append(f"{proxy.name}: {proxy.how}.")
        if proxy is PingoraLB:
            failed |= not is_good(run, chosen)
        if chosen.events:
            print("\n".join(run.counts["events"]), file=sys.stderr)
    if not runs:
        return 1
    print(table.markdown(runs) + "\n")
    print("\n".join(f"- {note}" for note in notes + versions(chosen_runs(chosen))))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
