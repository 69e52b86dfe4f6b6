"""One trace over tasks, threads and executors."""

import asyncio
import contextvars
import json
import threading
from concurrent.futures import ThreadPoolExecutor

import spanbridge
from spanbridge.tracing import copy_context_to_thread


@spanbridge.trace
async def task(number: int) -> int:
    await asyncio.sleep(0.01 * (3 - number))
    with spanbridge.start_span(f"inside task {number}"):
        await asyncio.sleep(0)
    return number


@spanbridge.trace
def in_thread(how: str) -> str:
    with spanbridge.start_span(f"inside {how}"):
        return how


@spanbridge.trace
async def tasks() -> None:
    async with asyncio.TaskGroup() as group:
        for number in range(3):
            group.create_task(task(number))
    await asyncio.to_thread(in_thread, "to_thread")


@spanbridge.trace
def threads() -> None:
    with ThreadPoolExecutor(2) as pool:
        work = copy_context_to_thread(in_thread)
        assert list(pool.map(work, ["copied a", "copied b"])) == ["copied a", "copied b"]
        pool.submit(contextvars.copy_context().run, in_thread, "run in context").result()
        pool.submit(in_thread, "pool alone").result()
    alone = threading.Thread(target=in_thread, args=("thread alone",))
    alone.start()
    alone.join()


@spanbridge.trace
def many(number: int) -> None:
    with spanbridge.start_span("one of many"):
        pass


asyncio.run(tasks())
threads()
with ThreadPoolExecutor(8) as pool:
    list(pool.map(many, range(200)))
print(json.dumps(spanbridge.flush()))
