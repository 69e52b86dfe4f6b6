"""One measurement of one contender, in a process of its own. Prints one JSON document.

python measure.py span|disabled|stream|collector CONTENDER [BYTES]
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Any

from contenders import CONTENDERS, Plain, Traced

_BURST = 100
"""Spans between two flushes: no queue is full, and no batch is sent meanwhile."""


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def payload(size: int) -> tuple[Traced, str, list[dict[str, Any]]]:
    """A function and its arguments: about ``size`` bytes go in and come out, as JSON."""
    sentence = 'The "quick" brown fox;\nthe lazy dog, naturally. '
    text = sentence * (size // 4 // len(sentence) + 1)
    documents = [
        {"id": f"doc-{n}", "score": 0.5, "text": sentence * 4} for n in range(size // 1000 + 1)
    ]
    result = {"answer": text[: size // 4], "documents": documents[: len(documents) // 2]}

    def answer(question: str, documents: list[dict[str, Any]]) -> dict[str, Any]:
        return result

    return answer, text[: size // 4], documents


def span(contender: Plain, size: int) -> dict[str, float]:
    """Microseconds of the caller, and of the CPU with export, for a span."""
    answer, question, documents = payload(size)
    call = contender.traced(answer)
    bursts = 30 if size < 10_000 else 10
    walls: list[float] = []
    threads: list[float] = []

    def burst() -> None:
        wall, thread = time.perf_counter(), time.thread_time()
        for _ in range(_BURST):
            call(question, documents)
        walls.append(time.perf_counter() - wall)
        threads.append(time.thread_time() - thread)
        contender.flush()

    burst()
    burst()
    walls.clear()
    threads.clear()
    before = _cpu()
    for _ in range(bursts):
        burst()
    return {
        "caller_us": median(walls) / _BURST * 1e6,
        "caller_cpu_us": median(threads) / _BURST * 1e6,
        "cpu_us": (_cpu() - before) / bursts / _BURST * 1e6,
    }


def disabled(contender: Plain, size: int) -> dict[str, float]:
    """Microseconds that a call takes longer when tracing is off."""
    answer, question, documents = payload(size)
    call = contender.traced(answer)
    call(question, documents)
    contender.disable()
    bare = _fastest(answer, question, documents)
    return {"added_us": (_fastest(call, question, documents) - bare) * 1e6}


def _fastest(call: Traced, question: str, documents: list[dict[str, Any]]) -> float:
    best = float("inf")
    for _ in range(10):
        start = time.perf_counter()
        for _ in range(2000):
            call(question, documents)
        best = min(best, (time.perf_counter() - start) / 2000)
    return best


def stream(contender: Plain, size: int) -> dict[str, float]:
    """Microseconds for a chunk of a streamed answer, and CPU of the process."""
    contender.autolog()
    from openai import OpenAI

    client = OpenAI(base_url=os.environ["BENCHMARK_MODEL"], api_key="none", max_retries=0)

    def ask() -> int:
        answered = client.chat.completions.create(
            model="gpt-5",
            messages=[{"role": "user", "content": "Say something."}],
            stream=True,
            stream_options={"include_usage": True},
        )
        return sum(1 for _ in answered)

    walls, threads = [], []
    for _ in range(5):
        ask()
    contender.flush()
    before = _cpu()
    for _ in range(30):
        wall, thread = time.perf_counter(), time.thread_time()
        chunks = ask()
        walls.append(time.perf_counter() - wall)
        threads.append(time.thread_time() - thread)
        contender.flush()
    return {
        "chunks": chunks,
        "caller_us": median(walls) / chunks * 1e6,
        "caller_cpu_us": median(threads) / chunks * 1e6,
        "cpu_us": (_cpu() - before) / 30 / chunks * 1e6,
    }


def collector(contender: Plain, size: int) -> dict[str, float]:
    """Microseconds of the caller while the collector is as it is: usual and rare calls, the mean.

    A call every millisecond for some seconds: longer than the pause between two batches.
    """
    answer, question, documents = payload(size)
    call = contender.traced(answer)
    for _ in range(50):
        call(question, documents)
    took = []
    for _ in range(6000):
        start = time.perf_counter()
        call(question, documents)
        took.append(time.perf_counter() - start)
        time.sleep(0.001)
    took.sort()
    return {
        "median_us": took[len(took) // 2] * 1e6,
        "p99_us": took[len(took) * 99 // 100] * 1e6,
        "mean_us": sum(took) / len(took) * 1e6,
    }


_MEASURES: dict[str, Callable[[Plain, int], dict[str, float]]] = {
    "span": span,
    "disabled": disabled,
    "stream": stream,
    "collector": collector,
}


def main() -> None:
    what, name, *size = sys.argv[1:]
    found = _MEASURES[what](CONTENDERS[name](), int(size[0]) if size else 1000)
    print(json.dumps({**found, "ended_at": time.monotonic()}), flush=True)


if __name__ == "__main__":
    main()
