"""Filling ``model_prices`` from the installed package or from a file."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Final

from spanbridge_ingest.prices import table
from spanbridge_ingest.prices.table import WritableStore

_READING: Final = 1
"""Of :mod:`spanbridge_ingest.prices.package`: raise it when the same data give other rows."""


def fill(store: WritableStore) -> bool:
    """Take over the installed package's prices if they are newer than what the table has.

    What a file brought stays until the package is upgraded. Own prices are never touched.

    Raises:
        StoreError: the store does not answer or cannot be written.
    """
    if _rank(table.state(store).release) >= _rank(_release()):
        return False
    return refresh(store)


def refresh(store: WritableStore, file: Path | None = None) -> bool:
    """Take over the prices of the installed package, or of a file; whether that changed any.

    Raises:
        ConfigError: the file cannot be read or holds no prices.
        StoreError: the store does not answer or cannot be written.
    """
    # Imported here: it takes half a second, and most starts of a service find nothing to do.
    from spanbridge_ingest.prices.package import file_prices, package_prices

    release = _release() if file is None else f"{_release()} {file.name}"
    prices = package_prices() if file is None else file_prices(file)
    before = Counter(replace(p, revision=0) for p in table.current(store) if not p.own)
    changed = before != Counter(prices)
    if changed or table.state(store).release != release:
        table.replace_package(store, release, prices)
    return changed


def _release() -> str:
    return f"{version('genai-prices')}/{_READING}"


def _rank(release: str) -> tuple[int, ...]:
    """The numbers of a release, to be compared; what a file is called is none of them."""
    return tuple(int(number) for number in re.findall(r"\d+", release.partition(" ")[0]))
