"""The cost of token counts, exactly. In SQL: :mod:`spanbridge_ingest.store.cost`."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Context, Decimal
from typing import Final

from spanbridge_ingest.prices.price import Amounts, Rate
from spanbridge_semconv import Usage

_EXACT: Final = Context(prec=80)
"""A sum of products of a count (20 digits) and a price (38 digits) is not rounded."""

_MILLIONTH: Final = Decimal("0.000001")


def rate_at(rates: Iterable[Rate], start_ns: int, usage: Usage) -> Rate | None:
    """The rate that holds for a span that began at ``start_ns`` (since the epoch)."""
    second, tokens = start_ns // 1_000_000_000, usage.input_tokens or 0
    return next((rate for rate in rates if rate.holds(second, tokens)), None)


def usage_cost(amounts: Amounts, usage: Usage) -> Decimal | None:
    """US dollars for canonical token counts at complete amounts.

    None if a price is unknown for any of the tokens, or if the counts are incomplete: input or
    output is missing where the model takes or makes tokens.
    """
    if usage.total_tokens is None or usage.input_tokens is None or amounts.request is None:
        return None
    read, written = usage.cache_read_tokens or 0, usage.cache_write_tokens or 0
    # Not the output as reported: what an embedding reports as output is no part of its total.
    generated = usage.total_tokens - usage.input_tokens
    thought = min(usage.reasoning_tokens or 0, generated)
    cost = amounts.request
    for count, price in (
        (max(usage.input_tokens - read - written, 0), amounts.input),
        (read, amounts.cache_read),
        (written, amounts.cache_write),
        (generated - thought, amounts.output),
        (thought, amounts.reasoning),
    ):
        if count == 0:
            continue
        if price is None:
            return None
        cost = _EXACT.add(cost, _EXACT.multiply(_EXACT.multiply(count, price), _MILLIONTH))
    return cost


def total(costs: Iterable[Decimal]) -> Decimal:
    """The exact sum."""
    sum_ = Decimal(0)
    for cost in costs:
        sum_ = _EXACT.add(sum_, cost)
    return sum_
