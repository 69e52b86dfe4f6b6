from __future__ import annotations

import asyncio

import pytest

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


async def test_a_failure_is_told_once_until_it_works_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    fails = iter([True, True, True, False, True, True])

    def work() -> None:
        failing = next(fails, None)
        if failing is None:
            loop.call_soon_threadsafe(ended.set)
        if failing is not False:
            raise StoreUnavailableError("away")

    upkeep = Upkeep(work, 0.01, lambda: True)
    upkeep.start()
    async with asyncio.timeout(10):
        await ended.wait()
    await upkeep.stop()
    told = "upkeep of the store failed: away; it is tried again every 0.01 s"
    assert caplog.messages == [told, told]
