"""The cost of a span in SQL: a join with the rates of its model, and an expression over both.

The same figures as :func:`spanbridge_ingest.prices.cost.usage_cost` gives, as Float64. Whoever
needs costs beside other columns of ``otel_traces`` puts :func:`cost_join` behind the table and
:func:`cost_expression` among the columns, as ``otel_traces_usage`` does. ``otel_traces_cost`` has
the cost of every span, also of those that repeat what others cost.
"""

from __future__ import annotations

from importlib.resources import files
from string import Template
from typing import Final

from spanbridge_ingest.store.names import identifier, qualified

_RATES: Final = "price_rates"

_VIEWS: Final = ("model_prices_current", "otel_traces_cost")


def cost_join(database: str, spans: str) -> str:
    """A join of ``spans`` with the one rate that holds for each of its rows, if there is one.

    Args:
        database: where ``model_price_rates`` is.
        spans: the alias of a table with the columns of ``otel_traces``.
    """
    span, rates = f"`{identifier(spans)}`", qualified(database, "model_price_rates")
    second = f"toUnixTimestamp64Second({span}.Timestamp)"
    day_second = f"positiveModulo({second}, 86400)"
    tokens = f"ifNull({span}.GenAIInputTokens, 0)"
    conditions = (
        f"{_RATES}.Provider = {span}.GenAIProvider",
        f"{_RATES}.RequestModel = {span}.GenAIRequestModel",
        f"{_RATES}.ResponseModel = {span}.GenAIResponseModel",
        f"{second} >= {_RATES}.FromSecond",
        f"{second} < {_RATES}.ToSecond",
        f"{day_second} >= {_RATES}.DayFromSecond",
        f"{day_second} < {_RATES}.DayToSecond",
        f"{tokens} >= {_RATES}.InputTokensMin",
        f"{tokens} <= {_RATES}.InputTokensMax",
    )
    newest = f"SELECT DISTINCT * FROM {rates} WHERE Revision = (SELECT max(Revision) FROM {rates})"
    return f"LEFT JOIN ({newest}) AS {_RATES} ON {' AND '.join(conditions)}"


def cost_expression(spans: str) -> str:
    """US dollars of a row of ``spans``, Nullable(Float64); for use with :func:`cost_join`.

    NULL if a price is unknown for any of the tokens, or the token counts are incomplete.
    """
    span = f"`{identifier(spans)}`"
    # Counts go up to 2^64 - 1: differences of them need more room.
    total, given = (f"toInt128({span}.{c})" for c in ("GenAITotalTokens", "GenAIInputTokens"))
    read, written, reasoning = (
        f"toInt128(ifNull({span}.GenAI{name}Tokens, 0))"
        for name in ("CacheRead", "CacheWrite", "Reasoning")
    )
    generated = f"({total} - {given})"
    thought = f"least({reasoning}, {generated})"
    terms = (
        (f"greatest({given} - {read} - {written}, 0)", "InputUsdPerMTok"),
        (read, "CacheReadUsdPerMTok"),
        (written, "CacheWriteUsdPerMTok"),
        (f"({generated} - {thought})", "OutputUsdPerMTok"),
        (thought, "ReasoningUsdPerMTok"),
    )
    # A price that is not known does not matter if there is nothing to pay for.
    tokens = " + ".join(
        f"if({count} = 0, 0, toFloat64({count}) * {_RATES}.{price})" for count, price in terms
    )
    known = f"{span}.GenAITotalTokens IS NOT NULL"
    return f"if({known}, ({tokens}) / 1000000 + {_RATES}.RequestUsd, NULL)"


def cost_views(database: str) -> list[str]:
    """The statements that make the views on prices and costs; running them again is harmless."""
    values = {
        "database": f"`{identifier(database)}`",
        "cost": cost_expression("spans"),
        "join": cost_join(database, "spans"),
    }
    folder = files("spanbridge_ingest.store") / "sql" / "views"
    return [
        Template((folder / f"{name}.sql").read_text("utf-8").strip()).substitute(values)
        for name in _VIEWS
    ]
