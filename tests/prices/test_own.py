"""Own prices from text: what is odd is refused in the terms of whoever gave it."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanbridge_ingest.errors import ConfigError
from spanbridge_ingest.prices.own import MAX_MODEL_CHARS, own_price
from spanbridge_ingest.prices.price import Amounts, Price


def price(model: str = "m", usd: str | None = "1", **rest: object) -> Price:
    return own_price("openai", model, {"input": usd}, **rest)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("usd", "message"),
    [
        ("-1", "--input -1: a price is 0 to 1,000,000 US dollars"),
        ("1e99", "a price is 0 to 1,000,000 US dollars"),
        ("1000001", "a price is 0 to 1,000,000 US dollars"),
        ("NaN", "a price is a finite number"),
        ("sNaN", "a price is a finite number"),
        ("-Infinity", "a price is a finite number"),
        ("1e-21", "at most 20 decimal places"),
        ("two", "not a number of US dollars. Example: 2.50"),
        ("", "not a number of US dollars"),
        (None, "no price is given; give --input and --output"),
    ],
)
def test_an_odd_amount_is_refused(usd: str | None, message: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        price(usd=usd)
    assert message in str(refusal.value)


@pytest.mark.parametrize(
    ("given_as", "message"),
    [
        ({"model": " "}, "--model has 1 to 500 characters, not 0"),
        ({"model": "x" * (MAX_MODEL_CHARS + 1)}, "not 501"),
        ({"kind": "regex"}, "--match regex: not one of equals"),
        ({"valid_from": "tomorrow"}, "--from tomorrow: not a date or time. Examples: 2026-01-31"),
        ({"valid_to": "1969-12-31"}, "--to 1969-12-31: times are from 1970 to 2106"),
        ({"valid_to": "2107-01-01"}, "times are from 1970 to 2106"),
        ({"valid_from": "2026-01-01T00:00:00.5"}, "prices change on whole seconds"),
        ({"valid_from": "2026-01-02", "valid_to": "2026-01-02"}, "is not after --from 2026-01-02"),
        ({"valid_to": "1970-01-01"}, "is not after --from 1970-01-01"),
    ],
)
def test_what_else_is_odd_is_refused(given_as: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        price(**given_as)
    assert message in str(refusal.value)


def test_a_price_is_read_as_it_is_meant() -> None:
    amounts = {"input": "2.50", "output": "1e1", "request": None}
    found = own_price("Azure OpenAI", " GPT ", amounts, valid_from="2026-01-01T01:00+01:00")
    assert found.provider == "azure.ai.openai"
    assert (found.model, found.match) == ("GPT", '{"equals": "GPT"}')
    assert found.amounts == Amounts(input=Decimal("2.5"), output=Decimal(10))
    assert (found.valid_from, found.valid_to, found.input_min) == (1_767_225_600, None, 0)


@given(text=st.text(max_size=12) | st.decimals().map(str) | st.floats().map(repr))
def test_an_amount_is_a_sane_price_or_refused(text: str) -> None:
    try:
        found = price(usd=text).amounts.input
    except ConfigError:
        return
    assert found is not None
    assert 0 <= found <= 1_000_000
