"""Generators that are stopped, talked to, thrown into, and consumed elsewhere."""

import asyncio
import json

from opentelemetry import trace as otel

import spanbridge

results = {}


@spanbridge.trace
def count(to: int):
    yield from range(to)


@spanbridge.trace
def echo():
    heard = []
    said = yield "ready"
    while said is not None:
        heard.append(said)
        try:
            said = yield said.upper()
        except KeyError as error:
            heard.append(repr(error))
            said = yield "recovered"
    return heard


@spanbridge.trace(output_reducer=lambda items: items[99])
def badly_reduced():
    yield from "abc"


@spanbridge.trace
async def ticks():
    try:
        while True:
            heard = yield "tick"
            if heard:
                yield heard * 2
    finally:
        with spanbridge.start_span("cleanup"):
            pass


@spanbridge.trace(name="many")
def many():
    yield from range(300)


def broken_off() -> None:
    for i in count(10):
        if i == 2:
            break


def closed() -> None:
    items = count(20)
    next(items)
    items.close()


def talked_to() -> None:
    def outer():
        results["returned"] = yield from echo()

    talk = outer()
    said = [next(talk), talk.send("a"), talk.throw(KeyError("k")), talk.send("b")]
    try:
        talk.send(None)
    except StopIteration:
        results["said"] = said


def not_current_outside() -> None:
    with spanbridge.start_span("consumer") as consumer:
        for _ in count(2):
            current = otel.get_current_span().get_span_context().span_id
            results["current is the consumer"] = f"{current:016x}" == consumer.span_id
            with spanbridge.start_span("beside"):
                pass


async def asynchronous() -> None:
    stopped = ticks()
    results["async"] = [await anext(stopped), await stopped.asend("x"), await anext(stopped)]
    await stopped.aclose()

    async def consume() -> None:
        async for _ in ticks():
            await asyncio.sleep(10)

    task = asyncio.create_task(consume())
    await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


broken_off()
closed()
talked_to()
results["raw"] = list(badly_reduced())
not_current_outside()
asyncio.run(asynchronous())
results["many"] = len(list(many()))
count(5)  # never begun: no span
print(json.dumps(results))
