"""Checks the checker: each fault of faulty.py is counted, as what it is and as nothing else.

    python3 Benchmarks/Upgrade/check_self.py [FAULT...]      about 20 s

Status 0 when all is counted right.
"""

import concurrent.futures
import json
import socket
import subprocess
import sys
from pathlib import Path

sys.dont_write_bytecode = True

from counts import FAULTS

HERE = Path(__file__).resolve().parent
NOBODY = {"clients": 0, "one-shot": 0, "idle": 0, "downloads": 0, "uploads": 0, "websockets": 0}
SECONDS = 2.0
# Short only where nothing comes on purpose: a busy machine must not look like a fault.
PATIENCE, SHORT_PATIENCE = 10.0, 0.4
AT_A_TIME = 4

# The clients that run, what the origin does wrong, and the fault that has to be counted.
KEPT = {"clients": 4}
ONE_SHOT = {"one-shot": 2}
IDLE = {"idle": 4, "idle-seconds": 0.1}
DOWNLOAD, UPLOAD, WEBSOCKET = {"downloads": 1}, {"uploads": 1}, {"websockets": 1}
EVERYBODY = {"clients": 4, "one-shot": 2, "idle": 4, "downloads": 1, "uploads": 1, "websockets": 1}
CASES = [
    (EVERYBODY, "none", None),
    (EVERYBODY, "nobody-listens", "refused"),
    (KEPT, "reset", "reset"),
    (KEPT, "reset-within", "reset"),
    (KEPT, "no-response", "closed_without_response"),
    (KEPT, "half-head", "truncated"),
    (KEPT, "truncated", "truncated"),
    (KEPT, "bad-status", "not_200"),
    (KEPT, "wrong-byte", "wrong_body"),
    (KEPT, "of-another", "wrong_body"),
    (KEPT, "surplus", "wrong_body"),
    (IDLE, "twice", "wrong_body"),
    (KEPT, "never", "timeouts"),
    (KEPT, "partly", "timeouts"),
    (IDLE, "then-close", "keepalive_closed"),
    (IDLE, "then-reset", "keepalive_closed"),
    (IDLE, "announce", "keepalive_closed"),
    (ONE_SHOT, "reset", "reset"),
    (ONE_SHOT, "no-response", "closed_without_response"),
    (ONE_SHOT, "truncated", "truncated"),
    (ONE_SHOT, "bad-status", "not_200"),
    (ONE_SHOT, "surplus", "wrong_body"),
    (ONE_SHOT, "never", "timeouts"),
    (ONE_SHOT, "not-closed", "timeouts"),
    (DOWNLOAD, "download-truncated", "truncated"),
    (DOWNLOAD, "download-shifted", "wrong_body"),
    (DOWNLOAD, "download-stuck", "timeouts"),
    (UPLOAD, "upload-hash", "wrong_body"),
    (UPLOAD, "upload-gone", "closed_without_response"),
    (WEBSOCKET, "handshake-refused", "not_200"),
    (WEBSOCKET, "handshake-wrong", "wrong_body"),
    (WEBSOCKET, "handshake-gone", "closed_without_response"),
    (WEBSOCKET, "websocket-closed", "websocket_closed"),
    (WEBSOCKET, "websocket-close-frame", "websocket_closed"),
    (WEBSOCKET, "websocket-reset", "websocket_closed"),
    (WEBSOCKET, "websocket-twice", "wrong_body"),
    (WEBSOCKET, "websocket-lost", "wrong_body"),
    (WEBSOCKET, "websocket-silent", "timeouts"),
    (WEBSOCKET, "websocket-garbage", "wrong_body"),
]


def run(clients: dict, fault: str, patience: float) -> tuple[int, dict]:
    """The status and the counts of a short check against an origin with this fault."""
    origin = subprocess.Popen(
        [sys.executable, HERE / "faulty.py", fault, "--until-stdin-closes"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        port = int(origin.stdout.readline())
        with socket.socket() as silent:
            if fault == "nobody-listens":
                silent.bind(("127.0.0.1", 0))
                port = silent.getsockname()[1]
            return check(port, clients, patience)
    finally:
        origin.stdin.close()
        origin.wait(10)


def check(port: int, clients: dict, patience: float) -> tuple[int, dict]:
    command = [sys.executable, HERE / "load_check.py", "--url", f"http://127.0.0.1:{port}",
               "--seconds", str(SECONDS), "--patience", str(patience), "--rate", "200"]
    for name, value in (NOBODY | clients).items():
        command += [f"--{name}", str(value)]
    done = subprocess.run(command, stdout=subprocess.PIPE, timeout=60, check=False)
    return done.returncode, json.loads(done.stdout.splitlines()[-1])


def mistake(clients: dict, fault: str, expected: str | None) -> str | None:
    """What the checker got wrong."""
    patience = SHORT_PATIENCE if expected == "timeouts" else PATIENCE
    status, counts = run(clients, fault, patience)
    seen = {kind: counts[kind] for kind in FAULTS if counts[kind]}
    if set(seen) != ({expected} if expected else set()):
        return f"{expected} expected, counted {seen}: {counts['events'][:5]}"
    if status != (1 if expected else 0):
        return f"status {status}"
    if fault == "announce" and counts["keepalive_closed_announced"] != seen[expected]:
        return "the announced ones are not told apart"
    if fault == "none" and not all(counts[name] for name in
                                   ("requests", "downloads", "uploads", "messages")):
        return f"not all clients did something: {counts}"
    return None


def main(wanted: list[str]) -> int:
    cases = [case for case in CASES if not wanted or case[1] in wanted]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(AT_A_TIME) as pool:
        mistakes = pool.map(lambda case: mistake(*case), cases)
        for (clients, fault, expected), wrong in zip(cases, mistakes):
            failed += wrong is not None
            print(f"{'FAILED' if wrong else 'ok':6}  {'+'.join(clients):20.20}  {fault:22}  "
                  f"{wrong or expected or 'no fault'}", flush=True)
    print(f"{len(cases)} checked, {failed} failed")
    return 0 if cases and not failed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
