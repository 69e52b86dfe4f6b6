"""Generators: their spans end whenever they end, and they behave as before."""

from __future__ import annotations

import gc
import threading
from collections.abc import Generator, Iterator
from contextvars import copy_context
from typing import Any

import pytest

import spanbridge
from tests.support.recorded import Recorded, status


@spanbridge.trace
def count(n: int) -> Iterator[int]:
    yield from range(n)


@spanbridge.trace
def talk() -> Generator[str, str, str]:
    heard = []
    said = "ready"
    while True:
        try:
            word = yield said
        except KeyError as error:
            said = f"caught {error}"
            continue
        if word == "stop":
            return " ".join(heard)
        heard.append(word)
        said = word.upper()


def test_exhausted(recorded: Recorded) -> None:
    assert list(count(3)) == [0, 1, 2]
    assert (recorded.inputs(), recorded.outputs()) == ({"n": 3}, [0, 1, 2])
    assert recorded.chunks() == [0, 1, 2]
    assert status(recorded.one())[0] == "OK"


def test_nothing_is_recorded_before_the_first_item_is_asked_for(recorded: Recorded) -> None:
    generator = count(3)
    del generator
    gc.collect()
    assert recorded.all() == []


def test_stopped_early_it_ends_and_is_not_ok(recorded: Recorded) -> None:
    for number in count(9):
        if number == 1:
            break
    gc.collect()
    assert recorded.outputs() == [0, 1]
    assert status(recorded.one())[0] == "UNSET"
    assert recorded.attributes()["spanbridge.stream.stopped_early"] is True


def test_an_error_before_it_was_stopped_stays_one(recorded: Recorded) -> None:
    @spanbridge.trace
    def tries() -> Iterator[int]:
        span = spanbridge.get_current_active_span()
        assert span is not None
        span.record_exception(ValueError("already"))
        yield 1

    generator = tries()
    next(generator)
    generator.close()  # type: ignore[attr-defined]
    assert status(recorded.one()) == ("ERROR", "ValueError: already")


def test_sent_thrown_and_returned_values_pass(recorded: Recorded) -> None:
    talking = talk()
    assert next(talking) == "ready"
    assert talking.send("a") == "A"
    assert talking.throw(KeyError("k")) == "caught 'k'"
    assert talking.send("b") == "B"
    with pytest.raises(StopIteration) as stop:
        talking.send("stop")
    assert stop.value.value == "a b"
    assert recorded.outputs() == ["ready", "A", "caught 'k'", "B"]
    assert status(recorded.one())[0] == "OK"


def test_what_it_does_not_catch_ends_it_as_an_error(recorded: Recorded) -> None:
    talking = talk()
    next(talking)
    with pytest.raises(LookupError, match="else"):
        talking.throw(LookupError("else"))
    assert status(recorded.one()) == ("ERROR", "LookupError: else")
    assert recorded.outputs() == ["ready"]
    with pytest.raises(StopIteration):
        next(talking)


def test_a_failure_half_way(recorded: Recorded) -> None:
    @spanbridge.trace
    def half() -> Iterator[int]:
        yield 1
        raise ValueError("half way")

    with pytest.raises(ValueError, match="half way"):
        list(half())
    assert status(recorded.one()) == ("ERROR", "ValueError: half way")
    assert recorded.outputs() == [1]


def test_clearing_up_is_part_of_it(recorded: Recorded) -> None:
    @spanbridge.trace
    def careful() -> Iterator[int]:
        try:
            yield 1
            yield 2
        finally:
            with spanbridge.start_span("clearing up"):
                pass

    generator = careful()
    next(generator)
    generator.close()  # type: ignore[attr-defined]
    assert recorded.parents() == {"clearing up": "careful", "careful": None}


def test_failing_while_it_is_closed(recorded: Recorded) -> None:
    @spanbridge.trace
    def careless() -> Iterator[int]:
        try:
            yield 1
        finally:
            raise OSError("cannot close")

    generator = careless()
    next(generator)
    with pytest.raises(OSError, match="cannot close"):
        generator.close()  # type: ignore[attr-defined]
    assert status(recorded.one()) == ("ERROR", "OSError: cannot close")


def test_it_is_current_only_while_it_works(recorded: Recorded) -> None:
    @spanbridge.trace
    def works() -> Iterator[str | None]:
        for _ in range(2):
            span = spanbridge.get_current_active_span()
            yield span and span.name

    with spanbridge.start_span("consumer") as consumer:
        for name in works():
            assert name == "works"
            assert spanbridge.get_current_active_span() is consumer
            with spanbridge.start_span("beside"):
                pass
    parents = [
        (span.name, span.parent and span.parent.span_id)
        for span in recorded.all()
        if span.name != "consumer"
    ]
    assert {parent for _, parent in parents} == {int(consumer.span_id, 16)}


def test_spans_open_across_a_yield_are_current_inside_and_nowhere_else(recorded: Recorded) -> None:
    @spanbridge.trace
    def works() -> Iterator[int]:
        with spanbridge.start_span("around"):
            yield 1
            with spanbridge.start_span("within"):
                yield 2
            with spanbridge.start_span("after"):
                pass

    for _ in works():
        assert spanbridge.get_current_active_span() is None
        with spanbridge.start_span("consuming"):
            pass
    parents = {(name, parent) for name, parent in recorded.parents().items() if name != "consuming"}
    assert parents == {
        ("works", None),
        ("around", "works"),
        ("within", "around"),
        ("after", "around"),
    }
    consuming = [span for span in recorded.all() if span.name == "consuming"]
    assert [span.parent for span in consuming] == [None, None]


def test_spans_inside_that_are_given_up_are_no_errors(recorded: Recorded) -> None:
    @spanbridge.trace
    def works() -> Iterator[int]:
        with spanbridge.start_span("around"):
            yield 1

    generator = works()
    next(generator)
    generator.close()  # type: ignore[attr-defined]
    assert {status(span)[0] for span in recorded.all()} == {"UNSET"}
    assert all((s.attributes or {})["spanbridge.stream.stopped_early"] for s in recorded.all())


def test_nested(recorded: Recorded) -> None:
    @spanbridge.trace
    def outer() -> Iterator[int]:
        for number in inner():
            with spanbridge.start_span(f"item {number}"):
                pass
            yield number

    @spanbridge.trace
    def inner() -> Iterator[int]:
        with spanbridge.start_span("first"):
            pass
        yield 1

    with spanbridge.start_span("root"):
        assert list(outer()) == [1]
    assert recorded.parents() == {
        "first": "inner",
        "item 1": "outer",
        "inner": "outer",
        "outer": "root",
        "root": None,
    }


def test_begun_here_and_consumed_in_other_threads(recorded: Recorded) -> None:
    with spanbridge.start_span("here"):
        generator = count(3)
        items = [next(generator)]
    for work in (lambda: items.append(next(generator)), lambda: items.extend(generator)):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert items == [0, 1, 2]
    assert recorded.parents()["count"] == "here"
    assert status(recorded.named("count"))[0] == "OK"


def test_consumed_in_another_context(recorded: Recorded, caplog: pytest.LogCaptureFixture) -> None:
    generator = count(2)
    assert copy_context().run(next, generator) == 0
    assert copy_context().run(list, generator) == [1]
    assert recorded.outputs() == [0, 1]
    assert caplog.records == []


def test_items_are_as_they_were_when_they_were_given(recorded: Recorded) -> None:
    @spanbridge.trace
    def grows() -> Iterator[dict[str, int]]:
        state: dict[str, int] = {}
        for step in "abc":
            state[step] = 1
            yield state

    list(grows())
    expected = [{"a": 1}, {"a": 1, "b": 1}, {"a": 1, "b": 1, "c": 1}]
    assert recorded.outputs() == expected
    assert recorded.chunks() == expected


def test_a_reducer_makes_the_outputs(recorded: Recorded) -> None:
    items: list[Any] = []

    def joined(given: list[str]) -> str:
        items.extend(given)
        return "".join(given)

    @spanbridge.trace(output_reducer=joined)
    def spell() -> Iterator[str]:
        yield "a"
        yield "b"

    list(spell())
    assert (items, recorded.outputs()) == (["a", "b"], "ab")


def test_a_reducer_that_fails_costs_nothing(recorded: Recorded) -> None:
    @spanbridge.trace(output_reducer=lambda items: 1 / 0)
    def spell() -> Iterator[str]:
        yield "a"

    assert list(spell()) == ["a"]
    assert recorded.outputs() == ["a"]
    assert recorded.attributes()["spanbridge.output_reducer.error"] == "ZeroDivisionError"
    assert status(recorded.one())[0] == "OK"


def test_outputs_that_the_body_sets_win(recorded: Recorded) -> None:
    @spanbridge.trace
    def spell() -> Iterator[str]:
        yield "a"
        span = spanbridge.get_current_active_span()
        assert span is not None
        span.set_outputs("said inside")

    list(spell())
    assert recorded.outputs() == "said inside"


def test_so_many_items_are_events(recorded: Recorded) -> None:
    with spanbridge.tracing.configure(max_chunk_events=3):
        list(count(10))
    assert recorded.chunks() == [0, 1, 2]
    assert recorded.outputs() == list(range(10))
    assert recorded.attributes()["spanbridge.stream.dropped_chunk_events"] == 7


def test_a_generator_without_end_does_not_fill_the_memory(
    recorded: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spanbridge.generators._MOST_CHARACTERS", 100)

    @spanbridge.trace
    def repeat() -> Iterator[str]:
        while True:
            yield "x" * 48

    generator = repeat()
    for _ in range(1000):
        next(generator)
    generator.close()  # type: ignore[attr-defined]
    assert recorded.outputs() == ["x" * 48] * 2
    assert recorded.attributes()["spanbridge.stream.dropped_outputs"] == 998


def test_switched_off_it_behaves_the_same(recorded: Recorded) -> None:
    spanbridge.tracing.disable()
    talking = talk()
    assert next(talking) == "ready"
    assert talking.send("a") == "A"
    assert talking.throw(KeyError("k")) == "caught 'k'"
    with pytest.raises(StopIteration) as stop:
        talking.send("stop")
    assert stop.value.value == "a"
    assert recorded.all() == []
