"""Which functions can be recorded, and what a call of one leaves behind."""

from __future__ import annotations

import asyncio
import functools
import inspect
import itertools
from typing import Any

import pytest

import spanbridge
from spanbridge import SpanType
from spanbridge.exceptions import InvalidValueError
from tests.support.recorded import Recorded


def test_a_function(recorded: Recorded) -> None:
    @spanbridge.trace
    def add(a: int, b: int = 2) -> int:
        """Adds."""
        return a + b

    assert add(1) == 3
    span = recorded.one()
    assert span.name == "add"
    assert (recorded.inputs(), recorded.outputs()) == ({"a": 1, "b": 2}, 3)
    assert span.status.status_code.name == "OK"
    assert recorded.json("mlflow.spanFunctionName") == "add"
    assert recorded.json("mlflow.spanType") == "UNKNOWN"
    assert add.__doc__ == "Adds."
    assert str(inspect.signature(add)) == "(a: 'int', b: 'int' = 2) -> 'int'"
    assert add.__wrapped__(1) == 3  # type: ignore[attr-defined]


async def test_a_coroutine_function(recorded: Recorded) -> None:
    @spanbridge.trace(name="sum", span_type=SpanType.TOOL, attributes={"unit": "m", "n": 1})
    async def add(a: int, *, b: int) -> int:
        await asyncio.sleep(0)
        return a + b

    assert inspect.iscoroutinefunction(add)
    assert await add(1, b=2) == 3
    assert recorded.one().name == "sum"
    assert (recorded.inputs(), recorded.outputs()) == ({"a": 1, "b": 2}, 3)
    attributes = recorded.attributes()
    assert (attributes["unit"], attributes["n"]) == ("m", 1)
    assert attributes["mlflow.spanType"] == '"TOOL"'
    assert attributes["gen_ai.tool.name"] == "sum"


class Methods:
    """Every kind of method, decorated in both orders."""

    @spanbridge.trace
    def plain(self, x: int) -> int:
        return x

    @classmethod
    @spanbridge.trace
    def of_class(cls, x: int) -> str:
        return cls.__name__ * x

    @spanbridge.trace(name="of_class_outside")
    @classmethod
    def of_class_outside(cls, x: int) -> str:
        return cls.__name__ * x

    @staticmethod
    @spanbridge.trace
    def static(x: int) -> int:
        return x

    @spanbridge.trace
    @staticmethod
    def static_outside(x: int) -> int:
        return x

    @spanbridge.trace
    def __call__(self, x: int) -> int:
        return x


@pytest.mark.parametrize(
    ("method", "result"),
    [
        ("plain", 1),
        ("of_class", "Methods"),
        ("of_class_outside", "Methods"),
        ("static", 1),
        ("static_outside", 1),
        ("__call__", 1),
    ],
)
def test_methods(recorded: Recorded, method: str, result: object) -> None:
    assert getattr(Methods(), method)(1) == result
    assert recorded.one().name == method
    assert (recorded.inputs(), recorded.outputs()) == ({"x": 1}, result)


def test_methods_of_classes_are_called_on_the_class_too(recorded: Recorded) -> None:
    assert Methods.of_class(x=2) == "MethodsMethods"
    assert Methods.static_outside(2) == 2
    assert [span.name for span in recorded.all()] == ["of_class", "static_outside"]


class Callable:
    def __call__(self, x: int) -> int:
        return x + 1


class AsyncCallable:
    async def __call__(self, x: int) -> int:
        return x + 1


def test_what_is_called_like_a_function(recorded: Recorded) -> None:
    assert spanbridge.trace(functools.partial(max, 3))(2) == 3
    assert spanbridge.trace(Callable())(1) == 2
    assert spanbridge.trace(lambda x: x)(1) == 1
    assert spanbridge.trace(dict)(a=1) == {"a": 1}
    assert spanbridge.trace(len)([1]) == 1
    names = [span.name for span in recorded.all()]
    assert names == ["max", "Callable", "<lambda>", "dict", "len"]


async def test_coroutines_are_recognised_under_partials_and_in_objects(recorded: Recorded) -> None:
    async def double(x: int, times: int) -> int:
        return x * times

    assert await spanbridge.trace(functools.partial(double, times=2))(4) == 8
    assert await spanbridge.trace(AsyncCallable())(1) == 2
    assert [span.name for span in recorded.all()] == ["double", "AsyncCallable"]
    assert recorded.inputs("double") == {"x": 4, "times": 2}
    assert recorded.outputs("double") == 8


def test_arguments_of_every_kind(recorded: Recorded) -> None:
    @spanbridge.trace
    def call(a: int, /, b: int, *rest: int, c: int = 3, **more: int) -> None:
        pass

    call(1, 2, 9, 8, d=4)
    assert recorded.inputs() == {"a": 1, "b": 2, "rest": [9, 8], "c": 3, "more": {"d": 4}}


@pytest.mark.parametrize(("name", "value"), [("self", 1), ("cls", int)])
def test_the_object_of_a_method_is_left_out(recorded: Recorded, name: str, value: object) -> None:
    namespace: dict[str, Any] = {}
    exec(f"def method({name}, x): pass", namespace)
    spanbridge.trace(namespace["method"])(value, 2)
    spanbridge.trace(namespace["method"])(**{name: value, "x": 2})
    for span in recorded.all():
        assert (span.attributes or {})["mlflow.spanInputs"] == '{"x":2}'


def test_a_cls_that_is_no_class_is_an_argument(recorded: Recorded) -> None:
    @spanbridge.trace
    def grade(cls: str) -> None:
        pass

    grade("7b")
    assert recorded.inputs() == {"cls": "7b"}


def test_calls_that_cannot_be_fail_as_before(recorded: Recorded) -> None:
    @spanbridge.trace
    def one(a: int) -> None:
        pass

    @spanbridge.trace
    def only(a: int, /) -> None:
        pass

    for call in (lambda: one(1, 2), lambda: one(), lambda: only(a=1)):  # type: ignore[call-arg]
        with pytest.raises(TypeError):
            call()
    assert {span.status.status_code.name for span in recorded.all()} == {"ERROR"}


def test_outputs_that_the_body_sets_win(recorded: Recorded) -> None:
    @spanbridge.trace
    def answer() -> str:
        span = spanbridge.get_current_active_span()
        assert span is not None
        span.set_inputs("other inputs")
        span.set_outputs({"short": True})
        return "a very long text"

    assert answer() == "a very long text"
    assert (recorded.inputs(), recorded.outputs()) == ("other inputs", {"short": True})


def test_recursion(recorded: Recorded) -> None:
    @spanbridge.trace
    def down(n: int) -> int:
        return n and down(n - 1)

    down(3)
    spans = recorded.all()
    assert len(spans) == 4
    for inner, outer in itertools.pairwise(spans):
        assert inner.parent is not None
        assert outer.context is not None
        assert inner.parent.span_id == outer.context.span_id


def test_inputs_are_as_they_were_when_it_was_called(recorded: Recorded) -> None:
    @spanbridge.trace
    def grow(items: list[Any]) -> list[Any]:
        items.append({"more": 1})
        return items

    given = [1]
    returned = grow(given)
    returned.clear()
    assert recorded.inputs() == {"items": [1]}
    assert recorded.outputs() == [1, {"more": 1}]


class Broken:
    def __str__(self) -> str:
        raise RuntimeError("no text")

    __repr__ = __str__

    def model_dump(self) -> dict[str, Any]:
        raise RuntimeError("no fields")

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError("no attributes")


def test_values_that_cannot_be_told_do_not_reach_the_caller(recorded: Recorded) -> None:
    broken = Broken()

    @spanbridge.trace
    def through(x: Any, kept: int) -> Any:
        return x

    assert through(broken, 1) is broken
    assert (recorded.inputs(), recorded.outputs()) == ({"x": "<Broken>", "kept": 1}, "<Broken>")


def test_switched_off_it_just_calls(recorded: Recorded) -> None:
    @spanbridge.trace
    def add(a: int) -> int:
        assert spanbridge.get_current_active_span() is None
        return a + 1

    spanbridge.tracing.disable()
    assert add(1) == 2
    spanbridge.tracing.enable()
    with spanbridge.tracing.context(enabled=False):
        assert add(1) == 2
    assert recorded.all() == []


@pytest.mark.parametrize("ratio", [-0.1, 1.1, float("nan")])
def test_a_share_is_from_0_to_1(ratio: float) -> None:
    with pytest.raises(InvalidValueError, match="a share from 0 to 1"):
        spanbridge.trace(sampling_ratio_override=ratio)


def test_a_reducer_needs_a_generator() -> None:
    with pytest.raises(InvalidValueError, match="leave it out, or yield"):
        spanbridge.trace(lambda: 1, output_reducer=list)


def test_a_name_is_no_function() -> None:
    with pytest.raises(InvalidValueError, match=r"trace\(name=\.\.\.\)"):
        spanbridge.trace("summarise")  # type: ignore[call-overload]
