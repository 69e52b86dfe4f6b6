"""Functions that are recorded are typed as before."""

import functools
from collections.abc import AsyncIterator, Callable, Coroutine, Generator, Iterator
from typing import Any, TypeVar, assert_type, overload

import spanbridge
from spanbridge import SpanType, trace

T = TypeVar("T")


@trace
def plain(question: str, *, top_k: int = 3) -> list[str]:
    return [question] * top_k


assert_type(plain("why"), list[str])
assert_type(plain("why", top_k=2), list[str])
plain(1)  # error
plain("why", 2)  # error
plain("why", limit=2)  # error
plain()  # error


@trace(name="ask", span_type=SpanType.LLM, attributes={"model": "gpt-5"})
def with_arguments(question: str, /, count: int = 1, *more: float, **options: bytes) -> int:
    return len(question)


assert_type(with_arguments("why", 2, 0.5, key=b""), int)
with_arguments("why", 2, "x")  # error
with_arguments("why", key="x")  # error


@spanbridge.trace()
def with_empty_parentheses(question: str) -> str:
    return question


assert_type(with_empty_parentheses("why"), str)
with_empty_parentheses(question=1)  # error


@trace(span_type="MY_TYPE")
async def asynchronous(question: str) -> dict[str, int]:
    return {question: 1}


as_coroutine: Callable[[str], Coroutine[Any, Any, dict[str, int]]] = asynchronous


async def awaiting() -> None:
    assert_type(await asynchronous("why"), dict[str, int])
    asynchronous("why")["key"]  # error
    await asynchronous(b"why")  # error


@trace
def generating(count: int) -> Iterator[bytes]:
    yield b"x" * count


for item in generating(2):
    assert_type(item, bytes)
generating("2")  # error


@trace(output_reducer=lambda items: sum(items))
def sending(count: int) -> Generator[int, str, float]:
    received = yield count
    return float(received)


assert_type(sending(1).send("x"), int)
sending(1).send(1)  # error


@trace(output_reducer=len)
async def generating_asynchronously(count: int) -> AsyncIterator[str]:
    yield "x" * count


async def iterating() -> None:
    async for item in generating_asynchronously(2):
        assert_type(item, str)
    list(generating_asynchronously(2))  # error


@trace
def generic(items: list[T]) -> T:
    return items[0]


assert_type(generic([1]), int)
assert_type(generic(["x"]), str)


@overload
def overloaded(value: int) -> int: ...
@overload
def overloaded(value: str) -> str: ...
def overloaded(value: int | str) -> int | str:
    return value


recorded = trace(overloaded, name="overloaded", span_type=SpanType.TOOL)
assert_type(recorded(1), int)
assert_type(recorded("x"), str)
recorded(1.5)  # error

wrapped = trace(len)
assert_type(wrapped([1]), int)
wrapped(1)  # error


@trace
@functools.lru_cache
def cached(count: int) -> str:
    return str(count)


assert_type(cached(1), str)


def passes_on(function: Callable[[str], list[str]]) -> None:
    """Takes a function that is recorded like any other."""


passes_on(plain)
passes_on(asynchronous)  # error
print(plain.__name__, plain.__doc__)
