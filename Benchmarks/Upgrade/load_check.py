"""Loads any proxy in front of origin.py and counts every fault that a client can see.

    python3 Benchmarks/Upgrade/load_check.py --url http://127.0.0.1:6188 --seconds 60 --live

The last line of standard output is JSON with all counts. Status: 0 no fault, 1 faults or not one
request answered, 2 wrong use.
"""

import argparse
import asyncio
import signal
import sys
import time

sys.dont_write_bytecode = True

import live
import short_clients
import slow_clients
from run import Run
from websocket_client import websocket

LONGEST_SECONDS = 600.0
SWEEP_SECONDS = 0.2


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Loads a proxy and counts every fault.")
    parser.add_argument("--url", required=True, help="of the proxy: http://ADDRESS:PORT")
    ends = parser.add_mutually_exclusive_group(required=True)
    ends.add_argument("--seconds", type=float, help=f"at most {LONGEST_SECONDS:.0f}")
    ends.add_argument("--until-stdin-closes", action="store_true")
    parser.add_argument("--clients", type=int, default=8, metavar="N",
                        help="kept alive: half of them hurried, half with pauses (8)")
    parser.add_argument("--one-shot", type=int, default=4, metavar="N",
                        help="one connection per request (4)")
    parser.add_argument("--idle", type=int, default=50, metavar="N",
                        help="kept alive, a request every few seconds (50)")
    parser.add_argument("--idle-seconds", type=float, default=4, metavar="S",
                        help="between two requests of those, on average (4)")
    parser.add_argument("--downloads", type=int, default=1, metavar="N", help="slow ones (1)")
    parser.add_argument("--uploads", type=int, default=1, metavar="N", help="slow ones (1)")
    parser.add_argument("--slow-seconds", type=float, default=20, metavar="S",
                        help="that a slow transfer takes (20)")
    parser.add_argument("--websockets", type=int, default=1, metavar="N", help="(1)")
    parser.add_argument("--rate", type=float, default=1500, metavar="N",
                        help="requests per second of hurried and one-shot clients together, at "
                             "most; 0: no limit (1500)")
    parser.add_argument("--patience", type=float, default=10, metavar="S",
                        help="without a byte before a request is timed out (10)")
    parser.add_argument("--live", action="store_true", help="counts every second")
    return parser.parse_args()


def clients(run: Run, chosen) -> list:
    half = (chosen.clients + 1) // 2
    pausing = chosen.clients - half
    one_shots, idle = chosen.one_shot, chosen.idle
    return [
        *(short_clients.hurried(run, f"hurried-{n}") for n in range(half)),
        *(short_clients.pausing(run, f"pausing-{n}") for n in range(pausing)),
        *(short_clients.one_shot(run, f"one-shot-{n}") for n in range(one_shots)),
        *(short_clients.idle(run, f"idle-{n}", chosen.idle_seconds) for n in range(idle)),
        *(slow_clients.download(run, f"download-{n}") for n in range(chosen.downloads)),
        *(slow_clients.upload(run, f"upload-{n}") for n in range(chosen.uploads)),
        *(websocket(run, f"websocket-{n}") for n in range(chosen.websockets)),
    ]


def end_with_stdin(ended: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()

    def read():
        if not sys.stdin.buffer.raw.read(4096):
            loop.remove_reader(0)
            ended.set()

    try:
        loop.add_reader(0, read)
    except PermissionError:
        raise SystemExit("--until-stdin-closes: standard input has to be a pipe or a terminal")


async def sweep(run: Run) -> None:
    """Looks for connections that are stuck: cheaper than a timer for each request."""
    while True:
        await asyncio.sleep(SWEEP_SECONDS)
        for connection in list(run.connections):
            connection.expire_if_stuck(run.patience)


async def finish_short_requests(run: Run) -> None:
    """No new ones begin; slow transfers are left as they are."""
    run.going = False
    deadline = time.monotonic() + run.patience + SWEEP_SECONDS
    slow = ("download", "upload")
    while time.monotonic() < deadline:
        if not any(each.waiting and not each.client.startswith(slow) for each in run.connections):
            return
        await asyncio.sleep(0.01)


async def check(chosen) -> int:
    seconds = min(chosen.seconds or LONGEST_SECONDS, LONGEST_SECONDS)
    run = Run(chosen.url, chosen.rate, chosen.patience, chosen.slow_seconds,
              time.monotonic() + seconds)
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    if chosen.until_stdin_closes:
        end_with_stdin(ended)
    tasks = [asyncio.create_task(client) for client in [*clients(run, chosen), sweep(run)]]
    if chosen.live:
        tasks.append(asyncio.create_task(live.show(run.counts)))
    await asyncio.wait([asyncio.create_task(ended.wait())], timeout=seconds)
    await finish_short_requests(run)
    for task in tasks:
        task.cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    for connection in list(run.connections):
        connection.leave()
    for error in results:
        if isinstance(error, Exception):
            raise error  # a mistake in the check itself must not look like a good run
    print(run.counts.as_json(unfinished=run.unfinished), flush=True)
    return 1 if run.counts.faults or not run.counts.values["requests"] else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(check(parse())))
