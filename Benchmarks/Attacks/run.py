"""Runs the table of attacks against one proxy. See README.md.

    run.py --proxy pingora-lb|nginx|haproxy [--binary PATH] [--json] [--only ID]
    run.py --list
"""

import argparse
import json
import queue
import signal
import socket
import sys
import threading

import cases as table
import verdict
from exchange import Exchange
from proxies import Proxy

LANES, SHORT_LANES = 6, 2
PATIENCE = 0.7  # seconds until what has not come will not come


class Lane(threading.Thread):
    """A proxy and an origin of its own, so that cases do not mix."""

    def __init__(self, name, short, binary, settings, work, results):
        super().__init__(daemon=True)
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.short, self.binary, self.settings = short, binary, settings
        self.work, self.results = work, results
        self.proxy = Proxy(name, self.listener.getsockname()[1], short, binary)

    def run(self):
        while True:
            try:
                case = self.work.get_nowait()
            except queue.Empty:
                return
            try:
                address = ("127.0.0.1", self.proxy.port)
                outcome = Exchange(case, address, self.listener, *self.settings).run()
            except Exception as error:  # the case fails, the others go on
                outcome = f"{type(error).__name__}: {error}"
            if not self.proxy.is_alive:
                outcome = "the proxy ended"
                self.restart()
            self.results.append((case, outcome))

    def restart(self):
        name = self.proxy.name
        self.proxy.stop()
        self.proxy = Proxy(name, self.listener.getsockname()[1], self.short, self.binary)


def run(name, binary, chosen, patience=PATIENCE, is_bytewise=False):
    """`[(case, outcome or text of an error)]` in the order of the table."""
    results, lanes = [], []
    try:
        for short, count in ((False, LANES), (True, SHORT_LANES)):
            work = queue.SimpleQueue()
            picked = [case for case in chosen if case.short_deadlines == short]
            for case in picked:
                work.put(case)
            lanes += [
                Lane(name, short, binary, (patience, is_bytewise), work, results)
                for _ in range(min(count, len(picked)))]
        for lane in lanes:
            lane.start()
        for lane in lanes:
            lane.join()
    finally:
        for lane in lanes:
            lane.proxy.stop()
            lane.listener.close()
    order = {case.identifier: index for index, case in enumerate(chosen)}
    return sorted(results, key=lambda result: order[result[0].identifier])


def record(case, outcome):
    """A result as a JSON object."""
    if isinstance(outcome, str):
        found, got = [outcome], outcome
    else:
        found, got = verdict.problems(case, outcome), outcome.text()
    return {
        "id": case.identifier, "section": case.section, "name": case.name, "known": case.known,
        "passes": not found, "want": case.want.text[:300], "got": got[:300],
        "problems": [problem[:200] for problem in found],
    }


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--proxy", default="pingora-lb", choices=["pingora-lb", "nginx", "haproxy"])
    options.add_argument("--binary", default=".build/pingora-lb")
    options.add_argument("--json", action="store_true")
    options.add_argument("--list", action="store_true")
    options.add_argument("--only", default="", help="one case, or a section")
    options.add_argument(
        "--bytewise", action="store_true", help="clients send one byte at a time")
    options.add_argument(
        "--patience", type=float, default=PATIENCE,
        help="seconds until what has not come will not come (default: %(default)s)")
    chosen = options.parse_args()
    # A plain exit, so that the proxies are stopped.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    cases, elsewhere, _ = table.read()
    if chosen.list:
        print(json.dumps({"cases": [c.identifier for c in cases], "elsewhere": elsewhere}))
        return 0
    picked = [
        case for case in cases if chosen.only in ("", case.section, case.identifier)]
    results = run(chosen.proxy, chosen.binary, picked, chosen.patience, chosen.bytewise)
    if chosen.bytewise:
        # What is refused late may have gone on in part.
        for case in picked:
            case.want.partial = True
    records = [record(*result) for result in results]
    for entry in records:
        if chosen.json:
            print(json.dumps(entry))
        elif not entry["passes"] or chosen.only:
            mark = "known" if entry["known"] else "passes" if entry["passes"] else "FAILS"
            print(f"{mark:6} {entry['id']:6} {entry['name']}\n       want {entry['want']}\n"
                  f"       got  {entry['got']}  {', '.join(entry['problems'])}")
    bad = [entry for entry in records if entry["passes"] == bool(entry["known"])]
    if not chosen.json:
        print(f"{len(records)} cases, {len(bad)} not as expected")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
