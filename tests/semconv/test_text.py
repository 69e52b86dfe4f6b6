from __future__ import annotations

import pytest

from spanbridge_semconv import attribute_text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        ("", ""),
        ("x", "x"),
        (True, "true"),
        (False, "false"),
        (-5, "-5"),
        (10**30, "1" + "0" * 30),
        (0.2, "0.2"),
        (1.0, "1"),
        (-0.0, "-0"),
        (1e20, "100000000000000000000"),
        (1e21, "1e21"),
        (1.5e-7, "1.5e-7"),
        (0.000001, "0.000001"),
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
        (b"\x00\xff", "AP8="),
        (["a", "é"], '["a","é"]'),
        (("a", 1, 1.0, None, True), '["a",1,1,null,true]'),
        ({"k": [b"x", {"n": 'q"'}]}, '{"k":["eA==",{"n":"q\\""}]}'),
        ([float("nan")], '["nan"]'),
    ],
)
def test_attribute_text(value: object, text: str) -> None:
    assert attribute_text(value) == text


def test_anything_else_is_written_with_str() -> None:
    assert attribute_text(1 + 2j) == "(1+2j)"
    assert attribute_text([1j]) == '["1j"]'
