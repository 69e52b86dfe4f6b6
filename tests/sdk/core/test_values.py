"""Whatever Python has becomes JSON that everybody can read, and attributes that can be sent."""

from __future__ import annotations

import collections
import dataclasses
import datetime
import decimal
import enum
import json
import math
import uuid
from typing import Any
from unittest.mock import MagicMock

import numpy as np
import orjson
import pydantic
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry.exporter.otlp.proto.common._internal import _encode_attributes

from spanbridge.values import clean, from_json, to_attribute, to_json

_TEXT = st.text(st.characters(exclude_categories=[]))
_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | _TEXT
    | st.binary()
    | st.dates()
    | st.uuids()
    | st.decimals()
    | st.complex_numbers()
)
_KEYS = _TEXT | st.integers() | st.booleans() | st.none() | st.floats() | st.tuples(st.integers())
_ANYTHING = st.recursive(
    _SCALARS,
    lambda inner: (
        st.lists(inner)
        | st.tuples(inner, inner)
        | st.dictionaries(_KEYS, inner)
        | st.sets(st.integers())
    ),
    max_leaves=20,
)


# Many alphabets take long to begin with.
thorough = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@thorough
@given(_ANYTHING)
def test_json_is_what_every_reader_takes(value: Any) -> None:
    text = to_json(value)
    orjson.loads(text)
    json.loads(text, parse_constant=lambda constant: pytest.fail(constant))
    text.encode()


@thorough
@given(st.dictionaries(_TEXT, _ANYTHING, min_size=1, max_size=3))
def test_every_attribute_can_be_sent(values: dict[str, Any]) -> None:
    attributes = {clean(key): to_attribute(value) for key, value in values.items()}
    assert len(_encode_attributes(attributes)) == len(attributes)


_PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@thorough
@given(_PLAIN)
def test_plain_values_come_back_as_they_were(value: Any) -> None:
    assert from_json(to_json(value)) == value


@dataclasses.dataclass
class Point:
    x: Any
    y: int = 2


class Colour(enum.Enum):
    RED = "red"


class Name(enum.StrEnum):
    ADA = "ada"


class Model(pydantic.BaseModel):
    name: str
    inner: Point


class Broken:
    def __str__(self) -> str:
        raise RuntimeError

    __repr__ = __str__

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(name)


class BrokenModel:
    def model_dump(self) -> Any:
        raise RuntimeError

    def __str__(self) -> str:
        return "a model"


class BrokenDict(dict[str, Any]):
    def items(self) -> Any:
        raise RuntimeError

    def __iter__(self) -> Any:
        raise RuntimeError


Pair = collections.namedtuple("Pair", "a b")
CIRCLE: list[Any] = [1]
CIRCLE.append(CIRCLE)
GREAT = 2**80


@pytest.mark.parametrize("beside", [None, GREAT])
@pytest.mark.parametrize(
    ("value", "spelled"),
    [
        (Point(1), {"x": 1, "y": 2}),
        (Model(name="m", inner=Point(1)), {"name": "m", "inner": {"x": 1, "y": 2}}),
        (Colour.RED, "red"),
        (Name.ADA, "ada"),
        (Pair(1, 2), [1, 2]),
        ((1, 2), [1, 2]),
        ({2: "two", None: 0, True: 1, Name.ADA: 2}, {"2": "two", "null": 0, "true": 1, "ada": 2}),
        (datetime.datetime(2026, 1, 31, 12, tzinfo=datetime.UTC), "2026-01-31T12:00:00+00:00"),
        (datetime.date(2026, 1, 31), "2026-01-31"),
        (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (decimal.Decimal("1.5"), "1.5"),
        (b"\xff\x00", "/wA="),
        (math.nan, None),
        (math.inf, None),
        (collections.OrderedDict(a=1), {"a": 1}),
        (BrokenModel(), "a model"),
        (int, "<class 'int'>"),
        (Model, "<class 'tests.sdk.core.test_values.Model'>"),
        ("half \ud800", "half \ufffd"),
        ("\ud83d\ude00", "\U0001f600"),
    ],
)
def test_how_things_are_spelled(value: Any, spelled: Any, beside: Any) -> None:
    """Alone, and beside something that has to be spelled with more care."""
    if isinstance(value, type):
        spelled = str(value)
    found = json.loads(to_json([value, beside]))
    assert found == [spelled, beside]


def test_what_is_broken_costs_only_itself() -> None:
    value = {
        "broken": Broken(),
        "dict": BrokenDict(a=1),
        "circle": CIRCLE,
        "kept": 1,
        "key": {(1, 2): GREAT},
    }
    found = json.loads(to_json(value))
    assert (found["kept"], found["broken"]) == (1, "<Broken>")
    assert found["circle"] == [1, "<list>"]
    assert found["key"] == {"(1, 2)": GREAT}


def test_numpy() -> None:
    assert to_json(np.array([[1, 2], [3, 4]])) == "[[1,2],[3,4]]"
    assert to_json({"x": np.float32(0.5), "n": np.int64(3)}) == '{"x":0.5,"n":3}'
    assert json.loads(to_json([np.array([1]), GREAT])) == ["[1]", GREAT]
    assert to_attribute(np.float64(0.5)) == 0.5
    assert type(to_attribute(np.float64(0.5))) is float


def test_mocks_do_not_go_on_for_ever() -> None:
    mock = MagicMock()
    assert "MagicMock" in to_json(mock)
    assert len(to_json({"a": [mock, GREAT]})) < 200
    assert len(mock.mock_calls) < 20


def test_depth() -> None:
    value: Any = "bottom"
    for _ in range(100_000):
        value = [value]
    text = to_json(value)
    orjson.loads(text)
    assert "<list>" in text


def test_integers_nobody_can_read() -> None:
    assert to_json(10**400) == f'"{10**400}"'
    assert to_json(10**5000) == '"<int>"'
    assert to_attribute(2**63) == str(2**63)
    assert to_attribute(-(2**63)) == -(2**63)
    assert to_attribute([1, 2**63]) == f"[1,{2**63}]"


@pytest.mark.parametrize(
    ("value", "attribute"),
    [
        (Name.ADA, "ada"),
        (True, True),
        ([1, 2], (1, 2)),
        ([True, False], (True, False)),
        (["a", "\ud800"], ("a", "\ufffd")),
        ([1, True], "[1,true]"),
        ([1, 1.5], "[1,1.5]"),
        ([], "[]"),
        (None, "null"),
        ({"a": None}, '{"a":null}'),
        ([None], "[null]"),
    ],
)
def test_attributes(value: Any, attribute: Any) -> None:
    found = to_attribute(value)
    assert found == attribute
    assert type(found) is type(attribute)
    if isinstance(found, tuple):
        assert [type(item) for item in found] == [type(item) for item in attribute]
