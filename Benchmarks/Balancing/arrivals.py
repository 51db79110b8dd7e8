"""Requests that come whether or not the ones before are answered: an open load.

A closed load, as wrk's, slows down with the server and so hides what a user would have waited for.
"""

import asyncio
import random


async def run(port: int, rate: float, seconds: float, seed: int) -> tuple[list[float], int]:
    """The seconds that each answer took, from when its request was due, and the failures.

    The same seed gives the same arrivals (exponential) and the same targets.
    """
    chance = random.Random(seed)
    idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
    latencies: list[float] = []
    failures = 0
    loop = asyncio.get_running_loop()

    async def ask(due: float, target: int) -> None:
        nonlocal failures
        try:
            pair = idle.pop() if idle else await asyncio.open_connection("127.0.0.1", port)
            reader, writer = pair
            writer.write(b"GET /%d HTTP/1.1\r\nHost: a\r\n\r\n" % target)
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(2)
            if not head.startswith(b"HTTP/1.1 200 "):
                raise ConnectionError(head)
            latencies.append(loop.time() - due)
            idle.append(pair)
        except (OSError, asyncio.IncompleteReadError):
            failures += 1

    tasks = []
    due, end = loop.time(), loop.time() + seconds
    while due < end:
        await asyncio.sleep(max(0, due - loop.time()))
        tasks.append(asyncio.create_task(ask(due, chance.randrange(1_000_000))))
        due += chance.expovariate(rate)
    await asyncio.gather(*tasks)
    for _, writer in idle:
        writer.close()
    return latencies, failures
