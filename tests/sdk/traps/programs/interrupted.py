"""Work that is cancelled or interrupted is not OK."""

import asyncio
import contextlib
import os
import signal
import time

import spanbridge


@spanbridge.trace
async def slow() -> None:
    with spanbridge.start_span("waiting"):
        await asyncio.sleep(10)


async def main() -> None:
    task = asyncio.create_task(slow())
    await asyncio.sleep(0.01)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


@spanbridge.trace
def typing() -> None:
    # Where tests run in the background, the signal may be ignored from the start.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(1)


@spanbridge.trace
def leaving() -> None:
    raise SystemExit(0)


asyncio.run(main())
with contextlib.suppress(KeyboardInterrupt):
    typing()
leaving()
