"""Clients with short requests: kept alive and hurried, kept alive with pauses, nearly idle, and
one connection per request."""

import asyncio
import random
import time

import bodies
from connection import Connection
from run import Run

PAUSE_SECONDS = (0.005, 0.3)
# One request of so many is held back by the origin, so that some are always in flight.
DELAYED_ONE_OF = 10
ORIGIN_DELAY_MILLISECONDS = (5, 50)
# One request of so many is sent in two parts, so that an upgrade can fall between them.
SPLIT_ONE_OF = 4
SPLIT_SECONDS = 0.03


async def hurried(run: Run, name: str) -> None:
    await _keep_alive(run, name, run.pace.delay, splits=False)


async def pausing(run: Run, name: str) -> None:
    await _keep_alive(run, name, lambda: random.uniform(*PAUSE_SECONDS), splits=True)


async def idle(run: Run, name: str, seconds: float) -> None:
    """Asks every few seconds, `seconds` on average."""
    await asyncio.sleep(random.uniform(0, min(seconds, 1.0)))
    await _keep_alive(run, name, lambda: random.uniform(0.5, 1.5) * seconds, splits=False)


async def one_shot(run: Run, name: str) -> None:
    number = 0
    while run.going:
        await asyncio.sleep(run.pace.delay())
        connection = await run.connect(name, kept=False)
        if not connection:
            continue
        number += 1
        answer = await _ask(run, connection, f"{name}.{number}", fields=(b"Connection: close",))
        if answer:
            # The server closes; a byte that comes before is one too many.
            await asyncio.wait([connection.gone], timeout=run.patience)
            if not connection.gone.done():
                run.counts.fault("timeouts", name, "not closed after Connection: close")
        connection.leave()


async def _keep_alive(run: Run, name: str, pause, splits: bool) -> None:
    number = 0
    while run.going:
        connection = await run.connect(name, kept=True)
        while connection and connection.usable and run.going:
            number += 1
            split = splits and random.randrange(SPLIT_ONE_OF) == 0
            await _ask(run, connection, f"{name}.{number}", split=split)
            await asyncio.sleep(pause())
        if connection:
            connection.leave()


async def _ask(run: Run, connection: Connection, token: str, fields=(), split=False) -> bool:
    delay = 0
    if random.randrange(DELAYED_ONE_OF) == 0:
        delay = random.randint(*ORIGIN_DELAY_MILLISECONDS)
    target = f"/echo/{token}?delay={delay}" if delay else f"/echo/{token}"
    request = run.request(target, fields=fields)
    middle = random.randrange(1, len(request)) if split else len(request)
    answer = connection.begin(request[:middle])
    if split:
        await asyncio.wait([answer], timeout=SPLIT_SECONDS)
        if not answer.done():
            connection.write(request[middle:])
    sent = time.monotonic()
    right = run.check(connection.client, await answer, bodies.echo(token))
    if right:
        run.counts.answered(time.monotonic() - sent - delay / 1000)
    return right
