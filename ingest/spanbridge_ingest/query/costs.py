"""What the spans of a trace cost, and the trace with them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final, NamedTuple

from spanbridge_ingest.prices import cost
from spanbridge_ingest.prices.book import Called, PriceBook
from spanbridge_ingest.query.genai import GenAIRow, SummaryRow, usage
from spanbridge_semconv import SpanTotals

NO_PRICES: Final = PriceBook(())
"""Nothing is known, so every cost is unknown."""


class TraceCost(NamedTuple):
    """Costs in US dollars; None is unknown.

    ``spans`` runs parallel to the spans. ``total`` is the sum over those whose usage counts and
    whose cost is known; ``unknown`` is how many of those that count have no known cost.
    """

    spans: Sequence[float | None]
    total: float | None
    unknown: int


def trace_cost(
    prices: PriceBook,
    spans: Sequence[tuple[int, GenAIRow | SummaryRow]],
    totals: Sequence[SpanTotals],
) -> TraceCost:
    """What a trace costs.

    Args:
        prices: the prices in force.
        spans: start in ns since the epoch and GenAI columns of each span.
        totals: what the spans count for, parallel to them.
    """
    costs = [_span_cost(prices, start, row) for start, row in spans]
    counted = [c for c, share in zip(costs, totals, strict=True) if share.usage_counted]
    known = [c for c in counted if c is not None]
    return TraceCost(
        spans=[None if c is None else float(c) for c in costs],
        total=float(cost.total(known)) if known else None,
        unknown=len(counted) - len(known),
    )


def _span_cost(prices: PriceBook, start: int, row: GenAIRow | SummaryRow) -> Decimal | None:
    counts = usage(row)
    if counts.total_tokens is None:
        return None
    rates = prices.rates(Called(row.provider, row.request_model, row.response_model))
    rate = cost.rate_at(rates, start, counts)
    return None if rate is None else cost.usage_cost(rate.amounts, counts)
