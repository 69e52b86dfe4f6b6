"""Setters of a span take anything: none of them raises into the application."""

from __future__ import annotations

import datetime
import decimal
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

import spanbridge
from spanbridge import SpanType
from spanbridge.entities import Link, LiveSpan, SpanEvent
from tests.support.recorded import Recorded, recording


class Hostile:
    """Raises whatever is asked of it."""

    def __getattribute__(self, name: str) -> Any:
        raise RuntimeError(name)

    def __repr__(self) -> str:
        raise RuntimeError("repr")

    __str__ = __bool__ = __hash__ = __iter__ = __len__ = __repr__  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("eq")


class Endless:
    """Goes on for ever where it is asked for what it has."""

    def __getattr__(self, name: str) -> Any:
        return Endless()

    def __iter__(self) -> Iterator[Any]:
        raise RecursionError


class HalfMapping(dict[Any, Any]):
    def items(self) -> Any:
        raise ValueError("items")

    def keys(self) -> Any:
        raise ValueError("keys")


class OddText(str):
    __slots__ = ()

    def __str__(self) -> str:
        raise ValueError("str")

    def encode(self, *_: object) -> bytes:
        raise ValueError("encode")


def cycle() -> list[Any]:
    found: list[Any] = [{}]
    found[0]["again"] = found
    return found


def deep() -> Any:
    found: Any = "bottom"
    for _ in range(5000):
        found = [found]
    return found


ODD_ONES: list[Any] = [
    *(None, Hostile(), Endless(), HalfMapping(a=1), OddText("x"), cycle(), deep(), object),
    *(float("nan"), float("inf"), 10**400, -(10**30), "\ud800", b"\xff", "", "x" * 100_000),
    *(decimal.Decimal("NaN"), datetime.time.max, {1: {2}}, {"\ud800": "\udfff"}, {(): ()}),
    *(SpanEvent("e", attributes={"k": Hostile()}), SpanEvent(Hostile(), "late", 7)),  # type: ignore[arg-type]
    *(SpanEvent("e", -1, {Hostile: 1, "": 2}), Link(None, 7, "x"), Link("1" * 32, "2" * 16, 5)),  # type: ignore[arg-type,dict-item]
    *(ValueError(Hostile()), BaseExceptionGroup("g", [KeyError()]), iter([1]), lambda: 1),
]
# By their numbers, because hypothesis looks at what it makes.
ODD = st.integers(0, len(ODD_ONES) - 1)
KEYS = st.one_of(ODD, st.sampled_from(["mlflow.spanType", "mlflow.spanInputs", "a", "gen_ai.x"]))
MAPPINGS = st.one_of(ODD, st.dictionaries(st.text(max_size=3), ODD, max_size=3))
ANY = st.one_of(ODD, st.recursive(ODD, lambda one: st.lists(one, max_size=3), max_leaves=5))
CALLS = st.one_of(
    st.tuples(st.sampled_from(["set_inputs", "set_outputs"]), st.tuples(ANY)),
    st.tuples(st.just("set_attribute"), st.tuples(KEYS, ANY)),
    st.tuples(st.just("set_attributes"), st.tuples(MAPPINGS)),
    st.tuples(
        st.sampled_from(
            [
                *("set_span_type", "set_status", "add_event", "set_events", "add_link"),
                *("record_exception", "get_attribute"),
            ]
        ),
        st.tuples(ANY),
    ),
)
ENDS = st.tuples(ANY, MAPPINGS, ANY, ANY)


def made(spec: Any) -> Any:
    """What numbers stand for, in lists, dictionaries and arguments."""
    if isinstance(spec, int):
        return ODD_ONES[spec]
    if isinstance(spec, dict):
        return {key: made(one) for key, one in spec.items()}
    return spec if isinstance(spec, str) else type(spec)(map(made, spec))


@hypothesis_settings(deadline=None, max_examples=100, suppress_health_check=list(HealthCheck))
@given(calls=st.lists(CALLS, max_size=5), end=ENDS, redacts=st.booleans())
def test_no_setter_raises(calls: Any, end: Any, redacts: bool) -> None:
    calls, end = made(calls), made(end)
    with (
        pytest.MonkeyPatch.context() as patch,
        recording(patch) as recorded,
        spanbridge.tracing.configure(redact=(lambda value, where: value) if redacts else None),
    ):
        for span in (
            spanbridge.start_span_no_context("work", SpanType.CHAT_MODEL),
            _no_op(),
        ):
            for name, arguments in calls:
                getattr(span, name)(*arguments)
            assert isinstance(span.attributes, dict)
            assert isinstance(span.events, list)
            span.end(*end)
            for name, arguments in calls:
                getattr(span, name)(*arguments)
        # Whatever was given, it can be written as JSON and sent.
        for one in recorded.all():
            json.loads(one.to_json())
            one.to_json().encode()
        assert len(recorded.all()) == 1


def _no_op() -> LiveSpan:
    with spanbridge.tracing.context(enabled=False):
        return spanbridge.start_span_no_context("nothing")


@pytest.mark.parametrize(
    ("setter", "given", "taken"),
    [
        ("add_event", "x", "spanbridge.entities.SpanEvent"),
        ("add_link", None, "no ids of a trace and a span"),
        ("set_status", "odd", ""),
        ("set_attributes", 5, ""),
        ("set_events", None, "spanbridge.entities.SpanEvent"),
    ],
)
def test_what_is_left_out_is_told_once(
    recorded: Recorded, caplog: pytest.LogCaptureFixture, setter: str, given: Any, taken: str
) -> None:
    with spanbridge.start_span("work") as span:
        for _ in range(3):
            getattr(span, setter)(given)
    assert len(recorded.all()) == 1
    assert caplog.text.count("left out") == 1
    assert taken in caplog.text
