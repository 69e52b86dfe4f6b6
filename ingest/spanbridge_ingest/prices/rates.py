"""The table ``model_price_rates``: prices by the names that spans give, for costs in SQL.

Which price a model name means is a matter of patterns and precedence that SQL cannot follow. So
each combination of names that was seen is looked up here, and what holds for it is stored under
these very names: SQL joins on equality (:mod:`spanbridge_ingest.store.cost`).
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable
from typing import Final

from spanbridge_ingest.prices import table
from spanbridge_ingest.prices.book import Called, PriceBook
from spanbridge_ingest.prices.price import Rate
from spanbridge_ingest.prices.table import State, WritableStore
from spanbridge_ingest.store.names import qualified

MAX_NAMES: Final = 50_000
"""Combinations of names that get rates; where more come, spans cost None in SQL."""

COLUMNS: Final = (
    "Provider",
    "RequestModel",
    "ResponseModel",
    "FromSecond",
    "ToSecond",
    "DayFromSecond",
    "DayToSecond",
    "InputTokensMin",
    "InputTokensMax",
    "InputUsdPerMTok",
    "CacheReadUsdPerMTok",
    "CacheWriteUsdPerMTok",
    "OutputUsdPerMTok",
    "ReasoningUsdPerMTok",
    "RequestUsd",
)

_OVERLAP_S: Final = 120
"""Rows may become visible so much later than the time of receipt that they bear."""

_NO_END: Final = 2**63 - 1
_NO_LIMIT: Final = 2**64 - 1
_NOBODY: Final = ("", "", "", 0, 0, 0, 0, 0, 0, None, None, None, None, None, None)
"""Stands in every revision, so that one without any rate is a revision too."""

_Row = tuple[object, ...]


class RateKeeper:
    """Keeps the rates of one store up to date. For one thread at a time."""

    def __init__(self, store: WritableStore) -> None:
        self._store = store
        self._names: set[Called] = set()
        self._looked_until = 0
        self._prices: State | None = None

    def refresh(self) -> bool:
        """Look for names and prices that are new; whether rates were written.

        The first time all spans are looked at, later those that arrived in the meantime.

        Raises:
            StoreError: the store does not answer or cannot be written.
        """
        prices, book = table.state(self._store), table.book(self._store)
        new = self._new_names()
        if not new and prices == self._prices:
            return False
        self._names |= new
        revision, stored = self._stored()
        # Another instance may have seen what this one has not.
        names = self._names | {Called(*map(str, row[:3])) for row in stored}
        rows = _rows(book, names)
        if rows != stored:
            self._write(rows, revision)
        self._prices = prices
        return rows != stored

    def _new_names(self) -> set[Called]:
        now = int(time.time())
        limit = max(MAX_NAMES - len(self._names), 0)
        since = max(self._looked_until - _OVERLAP_S, 0)
        found = table.ask(self._store, "seen", since=since, limit=limit + len(self._names))
        self._looked_until = now
        return set(sorted({Called(*row) for row in found} - self._names)[:limit])

    def _stored(self) -> tuple[int, set[_Row]]:
        found = table.ask(self._store, "stored_rates")
        return max((row[0] for row in found), default=0), {row[1:] for row in found}

    def _write(self, rows: Collection[_Row], last: int) -> None:
        revision = table.next_revision(last)
        values = [{"Revision": revision, **dict(zip(COLUMNS, row, strict=True))} for row in rows]
        table.insert(self._store, "model_price_rates", ["Revision", *COLUMNS], values)
        self._drop_before(last)

    def _drop_before(self, last: int) -> None:
        """Drop revisions older than the one before: nobody reads these any more."""
        name = qualified(self._store.database, "model_price_rates")
        control = self._store.engine.control
        for (old,) in control(f"SELECT DISTINCT Revision FROM {name}"):
            if int(str(old)) < last:
                self._store.engine.command(f"ALTER TABLE {name} DROP PARTITION {int(str(old))}")


def _rows(book: PriceBook, names: Iterable[Called]) -> set[_Row]:
    return {_NOBODY} | {(*called, *_box(rate)) for called in names for rate in book.rates(called)}


def _box(rate: Rate) -> _Row:
    amounts = rate.amounts
    prices = (
        *(amounts.input, amounts.cache_read, amounts.cache_write),
        *(amounts.output, amounts.reasoning, amounts.request),
    )
    return (
        rate.valid_from,
        _NO_END if rate.valid_to is None else rate.valid_to,
        rate.day_from,
        rate.day_to,
        rate.input_min,
        _NO_LIMIT if rate.input_max is None else rate.input_max,
        *(None if price is None else float(price) for price in prices),
    )
