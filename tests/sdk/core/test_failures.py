"""Calls that fail, are cancelled or interrupted: never OK, and as before for the caller."""

from __future__ import annotations

import asyncio

import pytest

import spanbridge
from tests.support.recorded import Recorded, status


class OddError(Exception):
    def __str__(self) -> str:
        raise RuntimeError("not even a message")


@pytest.mark.parametrize(
    ("error", "description"),
    [
        (ValueError("bad"), "ValueError: bad"),
        (KeyError("k"), "KeyError: 'k'"),
        (ValueError(), "ValueError"),
        (OddError(), "OddError"),
        (KeyboardInterrupt(), "KeyboardInterrupt"),
        (SystemExit(3), "SystemExit: 3"),
        (GeneratorExit(), "GeneratorExit"),
        (asyncio.CancelledError("stop"), "CancelledError: stop"),
        (ValueError("half \ud800 a character"), "ValueError: half \ufffd a character"),
    ],
)
def test_what_is_raised_is_recorded_and_raised(
    recorded: Recorded, error: BaseException, description: str
) -> None:
    @spanbridge.trace
    def fail() -> None:
        raise error

    with pytest.raises(type(error)) as caught:
        fail()
    assert caught.value is error
    span = recorded.one()
    assert status(span) == ("ERROR", description)
    [event] = span.events
    assert event.name == "exception"
    kind = (event.attributes or {})["exception.type"]
    assert str(kind).endswith(type(error).__qualname__)
    assert recorded.attributes()["error.type"] == kind
    assert "mlflow.spanOutputs" not in recorded.attributes()


async def test_a_cancelled_task_is_not_ok(recorded: Recorded) -> None:
    @spanbridge.trace
    async def outer() -> None:
        with spanbridge.start_span("inner"):
            await asyncio.sleep(60)

    task = asyncio.create_task(outer())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [status(span)[0] for span in recorded.all()] == ["ERROR", "ERROR"]


def test_an_error_is_an_error_whatever_was_said_before(recorded: Recorded) -> None:
    def work() -> None:
        with spanbridge.start_span("work") as span:
            span.set_status("OK")
            span.set_outputs("something")
            raise ValueError("late")

    with pytest.raises(ValueError, match="late"):
        work()
    assert status(recorded.one())[0] == "ERROR"
    assert recorded.outputs() == "something"


def test_an_error_that_is_caught_inside_is_no_error(recorded: Recorded) -> None:
    with spanbridge.start_span("work") as span:
        span.record_exception(ValueError("tried"))
        span.set_status("OK")
    assert status(recorded.one()) == ("OK", None)
    assert [event.name for event in recorded.one().events] == ["exception"]


def test_the_stack_trace_shows_where_and_why(recorded: Recorded) -> None:
    @spanbridge.trace
    def work() -> None:
        try:
            raise ValueError("the cause")
        except ValueError as error:
            raise RuntimeError("the effect") from error

    with pytest.raises(RuntimeError):
        work()
    text = str((recorded.one().events[0].attributes or {})["exception.stacktrace"])
    assert "ValueError: the cause" in text
    assert "test_failures.py" in text


def test_a_text_can_be_recorded_as_an_exception(recorded: Recorded) -> None:
    with spanbridge.start_span("work") as span:
        span.record_exception("it went wrong")
    assert status(recorded.one()) == ("ERROR", "Exception: it went wrong")


def test_the_context_is_left_when_a_call_fails(recorded: Recorded) -> None:
    @spanbridge.trace
    def fail() -> None:
        raise ValueError

    with spanbridge.start_span("outer") as outer:
        with pytest.raises(ValueError):  # noqa: PT011
            fail()
        assert spanbridge.get_current_active_span() is outer
    assert spanbridge.get_current_active_span() is None
    assert spanbridge.get_active_trace_id() is None
