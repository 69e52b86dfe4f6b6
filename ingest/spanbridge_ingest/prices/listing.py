"""Prices as documents, for people and programs."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from spanbridge_ingest.prices import table
from spanbridge_ingest.prices.match import matcher, spellings
from spanbridge_ingest.prices.own import canonical_provider
from spanbridge_ingest.prices.price import DAY_S, Price
from spanbridge_ingest.prices.table import OWN, PACKAGE, Reader


def list_prices(
    store: Reader, provider: str | None = None, model: str | None = None, at: int | None = None
) -> list[dict[str, Any]]:
    """The prices in force, own ones first.

    Args:
        store: where to read.
        provider: only this provider's, in any spelling; own prices for any provider too.
        model: only those whose pattern matches this name, or that are called so.
        at: only those that hold at this second since the epoch.
    """
    wanted = None if provider is None else ("", canonical_provider(provider))
    names = [] if model is None else list(spellings(model))
    release = table.state(store).release
    found = [
        price
        for price in table.current(store)
        if (wanted is None or price.provider in wanted)
        and (model is None or _is_called(price, model, names))
        and (at is None or (price.valid_from <= at and (price.valid_to or at + 1) > at))
    ]
    found.sort(key=lambda price: not price.own)
    return [price_document(price, release) for price in found]


def price_document(price: Price, release: str) -> dict[str, Any]:
    """A price as JSON: amounts in US dollars per million tokens, ``request`` per request.

    Times are ISO 8601 in UTC, null where there is no bound; ``daily`` is the part of the day at
    which the price holds, null for all of it.
    """
    amounts = asdict(price.amounts)
    return {
        "provider": price.provider,
        "model": price.model,
        "match": json.loads(price.match),
        "valid_from": _time_text(price.valid_from) if price.valid_from else None,
        "valid_to": None if price.valid_to is None else _time_text(price.valid_to),
        "daily": None
        if (price.day_from, price.day_to) == (0, DAY_S)
        else {"from": _clock_text(price.day_from), "to": _clock_text(price.day_to)},
        "input_tokens_min": price.input_min,
        "usd": {name: None if usd is None else float(usd) for name, usd in amounts.items()},
        "source": OWN if price.own else source_text(release),
    }


def _is_called(price: Price, model: str, names: list[str]) -> bool:
    matches = matcher(price.match)
    return price.model.lower() == model.lower() or any(matches(name) for name in names)


def source_text(release: str) -> str:
    """Where the package's prices come from."""
    package, _, file = release.partition(" ")
    return f"{PACKAGE} file {file}" if file else f"{PACKAGE} {package.partition('/')[0]}"


def _time_text(second: int) -> str:
    return f"{datetime.fromtimestamp(second, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _clock_text(second: int) -> str:
    return f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"
