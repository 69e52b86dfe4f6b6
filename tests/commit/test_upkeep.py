from __future__ import annotations

import asyncio

from spanbridge_ingest.commit.upkeep import Upkeep
from spanbridge_ingest.errors import StoreUnavailableError


async def test_it_goes_on_after_a_failure_and_pauses_while_not_wanted() -> None:
    calls = 0
    wanted = False
    thrice = asyncio.Event()
    loop = asyncio.get_running_loop()

    def work() -> None:
        nonlocal calls
        calls += 1
        if calls == 3:
            loop.call_soon_threadsafe(thrice.set)
        raise [StoreUnavailableError("away"), RuntimeError("odd")][calls % 2]

    upkeep = Upkeep(work, 0.01, lambda: wanted)
    upkeep.start()
    await asyncio.sleep(0.1)
    assert calls == 0
    wanted = True
    async with asyncio.timeout(30):
        await thrice.wait()
    await upkeep.stop()
    done = calls
    await asyncio.sleep(0.05)
    assert calls <= done + 1
