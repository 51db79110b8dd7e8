"""A download and an upload that take many seconds, again and again while the run lasts."""

import asyncio

import bodies
from run import Run


async def download(run: Run, name: str) -> None:
    while run.going and (seconds := run.slow_seconds()):
        connection = await run.connect(name, kept=False)
        if not connection:
            continue
        expected = bodies.slow(seconds)
        answer = connection.begin(run.request(f"/slow-download?seconds={seconds}"))
        try:
            if run.check(name, await answer, expected):
                run.counts.good("downloads")
        except asyncio.CancelledError:
            # The run is over; what has come must still be right.
            run.unfinished += 1
            if not expected.startswith(connection.partial_body()):
                run.counts.fault("wrong_body", name, "in an unfinished download")
            raise
        finally:
            connection.leave()


async def upload(run: Run, name: str) -> None:
    while run.going and (seconds := run.slow_seconds()):
        connection = await run.connect(name, kept=False)
        if not connection:
            continue
        body = bodies.slow(seconds)
        fields = (f"Content-Length: {len(body)}".encode(),)
        answer = connection.begin(run.request("/upload", "POST", fields))
        try:
            for at in range(0, len(body), bodies.PIECE_BYTES):
                await asyncio.wait([answer], timeout=bodies.PIECE_SECONDS)
                if answer.done():
                    break
                connection.write(body[at:at + bodies.PIECE_BYTES])
            if run.check(name, await answer, bodies.receipt(body)):
                run.counts.good("uploads")
        except asyncio.CancelledError:
            run.unfinished += 1
            raise
        finally:
            connection.leave()
