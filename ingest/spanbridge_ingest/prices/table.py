"""The table ``model_prices``: reading what is in force, adding to it. Nothing in it is changed.

The package's prices come and go as a whole: one insert, which is atomic, under a new revision. An
own price is one row; a later row with the same provider, clause, start and size replaces it, or
takes it out if it is marked as deleted.
"""

from __future__ import annotations

import json
import time
import weakref
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any, Final, NamedTuple, Protocol

from spanbridge_ingest.prices.book import PriceBook
from spanbridge_ingest.prices.price import Amounts, Price
from spanbridge_ingest.store.engine import Engine
from spanbridge_ingest.store.names import qualified

OWN: Final = "own"
PACKAGE: Final = "genai-prices"

_INSERT_SETTINGS: Final = {
    # All rows in one block, which is all or nothing.
    "input_format_parallel_parsing": "0",
    "async_insert": "0",
}


class Reader(Protocol):
    """What reading needs of a store."""

    def query(
        self, sql: str, parameters: Mapping[str, object] | None = None
    ) -> list[tuple[object, ...]]:
        """Run a read-only SELECT with bound ``{name:Type}`` parameters."""


class WritableStore(Reader, Protocol):
    """What writing needs of a store."""

    engine: Engine
    database: str


class PriceRow(NamedTuple):
    """The columns of ``sql/current.sql``, in order. Amounts are decimal text."""

    source: str
    revision: int
    provider: str
    model: str
    match: str
    providerless: str
    position: int
    valid_from: int
    valid_to: int | None
    day_from: int
    day_to: int
    input_min: int
    input: str | None
    cache_read: str | None
    cache_write: str | None
    output: str | None
    reasoning: str | None
    request: str | None

    def price(self) -> Price:
        """The price the row stands for."""
        amounts = (None if text is None else Decimal(text) for text in self[-6:])
        return Price(
            provider=self.provider,
            model=self.model,
            match=self.match,
            amounts=Amounts(*amounts),
            providerless=self.providerless,
            position=self.position,
            valid_from=self.valid_from,
            valid_to=self.valid_to,
            day_from=self.day_from,
            day_to=self.day_to,
            input_min=self.input_min,
            own=self.source == OWN,
            revision=self.revision,
        )


class State(NamedTuple):
    """What tells one state of the table from another: the columns of ``sql/state.sql``."""

    revision: int
    rows: int
    release: str
    package_revision: int


@cache
def _sql(name: str) -> str:
    return (files("spanbridge_ingest.prices") / "sql" / f"{name}.sql").read_text("utf-8")


def ask(store: Reader, name: str, **parameters: object) -> list[tuple[Any, ...]]:
    """The rows of ``sql/<name>.sql``."""
    database = getattr(store, "database", "default")
    return store.query(_sql(name), {"database": database, **parameters})


def state(store: Reader) -> State:
    """The state of the table."""
    [row] = ask(store, "state")
    return State(*row)


def current(store: Reader) -> list[Price]:
    """All prices in force: the package's in their order, and own ones."""
    return [PriceRow(*row).price() for row in ask(store, "current")]


_books: weakref.WeakKeyDictionary[Reader, tuple[State, PriceBook]] = weakref.WeakKeyDictionary()


def book(store: Reader) -> PriceBook:
    """The prices in force, ready to be asked. Read again only when the table has changed."""
    now = state(store)
    known = _books.get(store)
    if known is not None and known[0] == now:
        return known[1]
    made = PriceBook(current(store))
    _books[store] = (now, made)
    return made


def replace_package(store: WritableStore, release: str, prices: Sequence[Price]) -> None:
    """Put all of the package's prices in the place of those there were. Own ones stay."""
    _insert(store, (_row(PACKAGE, release, price) for price in prices))


def add_own(store: WritableStore, price: Price) -> None:
    """Add an own price, or change the amounts and the end of the one it is equal to otherwise."""
    _insert(store, [_row(OWN, OWN, price)])


def remove_own(store: WritableStore, prices: Iterable[Price]) -> None:
    """Take own prices out."""
    _insert(store, [{**_row(OWN, OWN, price), "Deleted": True} for price in prices])


def insert(
    store: WritableStore, table: str, columns: Sequence[str], rows: Iterable[Mapping[str, object]]
) -> None:
    """Insert rows into a table, all or none of them."""
    payload = b"\n".join(json.dumps(row).encode() for row in rows)
    name = qualified(store.database, table)
    store.engine.insert(name, "JSONEachRow", [payload], _INSERT_SETTINGS, columns)


def next_revision(last: int) -> int:
    """A revision above ``last``: microseconds since the epoch, if no clock was wrong."""
    return max(time.time_ns() // 1000, last + 1)


def _insert(store: WritableStore, rows: Iterable[Mapping[str, object]]) -> None:
    revision = next_revision(state(store).revision)
    revised = [{**row, "Revision": revision} for row in rows]
    if revised:
        insert(store, "model_prices", list(revised[0]), revised)


def _row(source: str, release: str, price: Price) -> dict[str, object]:
    amounts = price.amounts
    return {
        "Source": source,
        "Release": release,
        "Deleted": False,
        "Provider": price.provider,
        "Position": price.position,
        "Model": price.model,
        "ModelMatch": price.match,
        "ProviderlessMatch": price.providerless,
        "ValidFrom": price.valid_from,
        "ValidTo": price.valid_to,
        "DayFromSecond": price.day_from,
        "DayToSecond": price.day_to,
        "InputTokensMin": price.input_min,
        "InputUsdPerMTok": _text(amounts.input),
        "CacheReadUsdPerMTok": _text(amounts.cache_read),
        "CacheWriteUsdPerMTok": _text(amounts.cache_write),
        "OutputUsdPerMTok": _text(amounts.output),
        "ReasoningUsdPerMTok": _text(amounts.reasoning),
        "RequestUsd": _text(amounts.request),
    }


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:f}"
