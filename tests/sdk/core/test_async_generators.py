"""Asynchronous generators: as the others, and cancelled, closed and consumed by other tasks."""

from __future__ import annotations

import asyncio
import gc
import inspect
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

import pytest

import spanbridge
from tests.support.recorded import Recorded, status


@spanbridge.trace
async def count(n: int) -> AsyncGenerator[int, None]:
    for number in range(n):
        await asyncio.sleep(0)
        yield number


@spanbridge.trace
async def talk() -> AsyncGenerator[str, str]:
    said = "ready"
    while True:
        try:
            word = yield said
        except KeyError as error:
            said = f"caught {error}"
            continue
        if word == "stop":
            return
        said = word.upper()


async def test_exhausted(recorded: Recorded) -> None:
    assert inspect.isasyncgenfunction(count)
    assert [number async for number in count(3)] == [0, 1, 2]
    assert (recorded.inputs(), recorded.outputs()) == ({"n": 3}, [0, 1, 2])
    assert status(recorded.one())[0] == "OK"


async def test_closed_early(recorded: Recorded) -> None:
    async with aclosing(count(9)) as numbers:
        async for number in numbers:
            if number == 1:
                break
    assert recorded.outputs() == [0, 1]
    assert status(recorded.one())[0] == "UNSET"
    assert recorded.attributes()["spanbridge.stream.stopped_early"] is True


async def test_forgotten_it_ends_too(recorded: Recorded) -> None:
    async def look() -> None:
        async for _ in count(9):
            return

    await look()
    gc.collect()
    for _ in range(10):
        await asyncio.sleep(0)
    assert status(recorded.one())[0] == "UNSET"
    assert recorded.outputs() == [0]


async def test_sent_and_thrown_values_pass(recorded: Recorded) -> None:
    talking = talk()
    assert await anext(talking) == "ready"
    assert await talking.asend("a") == "A"
    assert await talking.athrow(KeyError("k")) == "caught 'k'"
    with pytest.raises(StopAsyncIteration):
        await talking.asend("stop")
    assert recorded.outputs() == ["ready", "A", "caught 'k'"]
    assert status(recorded.one())[0] == "OK"


async def test_switched_off_they_pass_as_well(recorded: Recorded) -> None:
    spanbridge.tracing.disable()
    talking = talk()
    assert await anext(talking) == "ready"
    assert await talking.asend("a") == "A"
    assert await talking.athrow(KeyError("k")) == "caught 'k'"
    await talking.aclose()
    with pytest.raises(StopAsyncIteration):
        await anext(talking)
    assert recorded.all() == []


async def test_a_failure_half_way(recorded: Recorded) -> None:
    @spanbridge.trace
    async def half() -> AsyncIterator[int]:
        yield 1
        raise ValueError("half way")

    with pytest.raises(ValueError, match="half way"):
        [number async for number in half()]
    assert status(recorded.one()) == ("ERROR", "ValueError: half way")
    assert recorded.outputs() == [1]


async def test_cancelled_while_it_works(recorded: Recorded) -> None:
    cleared_up = []

    @spanbridge.trace
    async def slow() -> AsyncIterator[int]:
        yield 1
        try:
            await asyncio.sleep(60)
        finally:
            span = spanbridge.get_current_active_span()
            cleared_up.append(span and span.name)
        yield 2

    async def consume() -> None:
        async for _ in slow():
            pass

    task = asyncio.create_task(consume())
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert cleared_up == ["slow"]
    assert status(recorded.one()) == ("ERROR", "CancelledError")
    assert recorded.outputs() == [1]


async def test_it_is_current_only_while_it_works(recorded: Recorded) -> None:
    @spanbridge.trace
    async def works() -> AsyncIterator[str | None]:
        with spanbridge.start_span("around"):
            for _ in range(2):
                await asyncio.sleep(0)
                span = spanbridge.get_current_active_span()
                yield span and span.name

    with spanbridge.start_span("consumer") as consumer:
        async for name in works():
            assert name == "around"
            assert spanbridge.get_current_active_span() is consumer
    assert recorded.parents() == {"around": "works", "works": "consumer", "consumer": None}


async def test_consumed_by_several_tasks(
    recorded: Recorded, caplog: pytest.LogCaptureFixture
) -> None:
    with spanbridge.start_span("here"):
        numbers = count(3)
        items = [await anext(numbers)]

    async def one_more() -> None:
        items.append(await anext(numbers))

    await asyncio.create_task(one_more())
    await asyncio.create_task(one_more())
    with pytest.raises(StopAsyncIteration):
        await anext(numbers)
    assert items == [0, 1, 2]
    assert recorded.parents()["count"] == "here"
    assert caplog.records == []


async def test_several_at_once_stay_apart(recorded: Recorded) -> None:
    @spanbridge.trace
    async def numbered(name: str) -> AsyncIterator[int]:
        for number in range(3):
            with spanbridge.start_span(f"{name}{number}"):
                await asyncio.sleep(0)
            yield number

    async def consume(name: str) -> None:
        with spanbridge.start_span(name):
            async for _ in numbered(name):
                await asyncio.sleep(0)

    await asyncio.gather(consume("a"), consume("b"))
    by_id = {span.context.span_id: span for span in recorded.all() if span.context}
    for name in "ab":
        for number in range(3):
            step = recorded.named(f"{name}{number}")
            assert step.parent is not None
            above = by_id[step.parent.span_id]
            assert above.name == "numbered"
            assert above.parent is not None
            assert by_id[above.parent.span_id].name == name


async def test_a_reducer_makes_the_outputs(recorded: Recorded) -> None:
    @spanbridge.trace(output_reducer=sum)
    async def numbers() -> AsyncIterator[int]:
        yield 1
        yield 2

    assert [number async for number in numbers()] == [1, 2]
    assert recorded.outputs() == 3
