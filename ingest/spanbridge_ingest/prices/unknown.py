"""Which models have no price: what has to be reported, because costs lack it."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from spanbridge_ingest.prices import table
from spanbridge_ingest.prices.book import Called
from spanbridge_ingest.prices.table import Reader

MAX_ROWS: Final = 1000


class UnknownRow(NamedTuple):
    """The columns of ``sql/unknown.sql``, in order. Times are ns since the epoch."""

    provider: str
    request_model: str
    response_model: str
    spans: int
    input_tokens: int | None
    output_tokens: int | None
    first_seen: int
    last_seen: int


def unknown_prices(store: Reader, since: int = 0) -> list[dict[str, Any]]:
    """Models with spans whose cost is unknown, those with the most tokens first.

    At most ``MAX_ROWS``, of spans that began at or after the second ``since`` (since the epoch).
    ``priced`` says that the model has a price, but not for all of its spans: not at the time, not
    for all kinds of tokens, or the counts are incomplete.
    """
    book = table.book(store)
    rows = [UnknownRow(*row) for row in table.ask(store, "unknown", since=since, limit=MAX_ROWS)]
    return [
        {
            "provider": row.provider,
            "request_model": row.request_model,
            "response_model": row.response_model,
            "spans": row.spans,
            "input_tokens": row.input_tokens,
            "output_tokens": row.output_tokens,
            "first_seen_unix_nano": row.first_seen,
            "last_seen_unix_nano": row.last_seen,
            "priced": bool(book.rates(Called(*row[:3]))),
        }
        for row in rows
    ]
