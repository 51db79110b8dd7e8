"""One calm line with what was counted so far: in place on a terminal, else a line a second."""

import asyncio
import sys

from counts import FAULTS, Counts

INTERVAL_SECONDS = 1.0


def line(counts: Counts, per_second: int) -> str:
    faults = [f"{kind} {counts.values[kind]}" for kind in FAULTS if counts.values[kind]]
    return (f"{counts.elapsed:5.0f} s  requests {counts.values['requests']:8}  "
            f"{per_second:6}/s  messages {counts.values['messages']:5}  "
            f"faults {counts.faults:4}  {', '.join(faults)}").rstrip()


async def show(counts: Counts, output=sys.stderr) -> None:
    """Runs until it is cancelled. On standard error: standard output is for the result."""
    before = 0
    in_place = output.isatty()
    try:
        while True:
            await asyncio.sleep(INTERVAL_SECONDS)
            now = counts.values["requests"]
            text = line(counts, round((now - before) / INTERVAL_SECONDS))
            before = now
            print(f"\r\x1b[K{text}" if in_place else text, end="" if in_place else "\n",
                  file=output, flush=True)
    finally:
        if in_place:
            print(file=output, flush=True)
