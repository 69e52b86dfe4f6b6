"""Dictionaries and lists as Python prints them."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanbridge_semconv.messages import pyrepr
from spanbridge_semconv.messages.jsontext import parse_container

PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.text(max_size=10)
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
)


@given(st.lists(PLAIN) | st.dictionaries(st.text(max_size=5), PLAIN))
def test_whatever_python_prints_is_read(value: object) -> None:
    assert parse_container(repr(value)) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{'a': (1, None), 3: {'x'}}", {"a": [1, None], "3": ["x"]}),
        ("""[{'a': "it's"}]""", [{"a": "it's"}]),
        ("[b'\\x00\\xff']", ["AP8="]),
        (" {'a': -1.5e3} ", {"a": -1500.0}),
    ],
)
def test_what_json_does_not_have(text: str, value: object) -> None:
    assert parse_container(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "[Document(id='a')]",
        "{'a': __import__('os')}",
        "{'a': nan}",
        "['a' + 'b']",
        "{'a': 1e999}",
        "{'a': " + "1" * 400 + "}",
        "['\\ud800']",
        "['\\d']",
        "{'a': 1j}",
        "[it's not a list]",
        "{'a': {'b'}",
        "{'a': " * 80 + "1" + "}" * 80,
        "{{'a': 1}: 2}",
        "['" + "x" * pyrepr.MAX_TEXT + "']",
    ],
)
def test_what_is_no_literal_stays_text(text: str) -> None:
    assert parse_container(text) == text


@pytest.mark.parametrize(
    "repeated", ["'a',", "'a' ", "1+", "-", "not ", "(", "a.", "{", "1 if 1 else ", "\\", "'", '"']
)
def test_no_text_takes_long(repeated: str) -> None:
    text = "[" + repeated * (pyrepr.MAX_TEXT // len(repeated) - 4) + "]"
    started = time.process_time()
    parse_container(text)
    assert time.process_time() - started < 2
