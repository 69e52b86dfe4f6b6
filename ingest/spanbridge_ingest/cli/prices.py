"""``spanbridge prices``: what model calls cost, from a store or from a running service."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.table import Table

from spanbridge_ingest.cli import service_info
from spanbridge_ingest.cli.output import console, counted, print_json
from spanbridge_ingest.cli.render import clean
from spanbridge_ingest.cli.sources import ApiSource, StoreSource, open_source
from spanbridge_ingest.cli.traces import parse_since
from spanbridge_ingest.cli.wiring import open_settings_store
from spanbridge_ingest.errors import ConfigError, SpanbridgeError
from spanbridge_ingest.prices import listing, table
from spanbridge_ingest.prices.own import canonical_provider, moment
from spanbridge_ingest.prices.price import Price
from spanbridge_ingest.prices.rates import RateKeeper
from spanbridge_ingest.prices.refresh import refresh
from spanbridge_ingest.prices.unknown import unknown_prices as read_unknown
from spanbridge_ingest.settings import Settings
from spanbridge_ingest.store import ClickHouseStore

Document = dict[str, Any]

_SHOWN_WITHOUT_FILTER = 50


def list_prices(
    settings: Settings,
    api: str | None,
    *,
    provider: str | None,
    model: str | None,
    at: str | None,
    as_json: bool,
) -> None:
    """Print the prices in force."""
    second = moment("--at", at)
    with open_source(settings, api) as source:
        if isinstance(source, StoreSource):
            found = listing.list_prices(source.store, provider, model, second)
        else:
            nanos = None if second is None else second * 1_000_000_000
            found = _api(source).ask("prices", provider=provider, model=model, at=nanos)["prices"]
    if as_json:
        print_json(found)
        return
    shown = found if provider or model else found[:_SHOWN_WITHOUT_FILTER]
    if not shown:
        console(stderr=True).print("No such price. `spanbridge prices add` sets one.")
        return
    console().print(_price_table(shown))
    if len(shown) < len(found):
        rest = len(found) - len(shown)
        console(stderr=True).print(f"{rest:,} more; --provider and --model choose, --json has all.")


def unknown_prices(
    settings: Settings, api: str | None, *, since: str | None, as_json: bool
) -> None:
    """Print the models whose spans have no known cost."""
    start = None if since is None else parse_since(since, datetime.now(UTC))
    second = 0 if start is None else max(int(start.timestamp()), 0)
    with open_source(settings, api) as source:
        if isinstance(source, StoreSource):
            RateKeeper(source.store).refresh()
            found = read_unknown(source.store, second)
        else:
            found = _api(source).ask("prices/unknown", start=second * 1_000_000_000)["unknown"]
    if as_json:
        print_json(found)
    elif found:
        console().print(_unknown_table(found))
    else:
        console(stderr=True).print("Every model that was called has a price.")


def add_price(settings: Settings, price: Price, *, as_json: bool) -> None:
    """Store an own price and print it."""
    with _writable(settings) as store:
        table.add_own(store, price)
    _print_changed("Added", [listing.price_document(price, "")], as_json)


def remove_prices(
    settings: Settings, *, model: str, provider: str | None, valid_from: str | None, as_json: bool
) -> None:
    """Take out the own prices that fit and print them.

    Raises:
        SpanbridgeError: there are none.
    """
    wanted = None if provider is None else canonical_provider(provider)
    start = moment("--from", valid_from)
    with _writable(settings) as store:
        found = [
            price
            for price in table.current(store)
            if price.own
            and price.model.lower() == model.strip().lower()
            and wanted in (None, price.provider)
            and start in (None, price.valid_from)
        ]
        if not found:
            raise SpanbridgeError(
                f"There is no own price of {model}. `spanbridge prices list` shows those there "
                "are; prices of the package cannot be removed, but an own price comes before them."
            )
        table.remove_own(store, found)
    _print_changed("Removed", [listing.price_document(price, "") for price in found], as_json)


def refresh_prices(settings: Settings, file: Path | None, *, as_json: bool) -> None:
    """Take over the package's or a file's prices and say whether they were others."""
    with _writable(settings) as store:
        changed = refresh(store, file)
        release = table.state(store).release
        count = sum(not price.own for price in table.current(store))
    source = listing.source_text(release)
    if as_json:
        print_json({"changed": changed, "prices": count, "source": source})
    else:
        what = "Took over" if changed else "Nothing changed:"
        console().print(f"{what} {counted(count, 'price')} of {source}.")


@contextmanager
def _writable(settings: Settings) -> Iterator[ClickHouseStore]:
    """The store, to be written; afterwards costs in SQL follow what was written.

    Raises:
        ConfigError: a service holds the store.
    """
    running = None if settings.clickhouse is not None else service_info.running(settings.store)
    if running is not None:
        raise ConfigError(
            f"The store {settings.store} is in use by a service (process {running.pid}), whose "
            "API only reads. Stop it, change the prices, and start it again."
        )
    with closing(open_settings_store(settings)) as store:
        yield store
        RateKeeper(store).refresh()


def _api(source: object) -> ApiSource:
    assert isinstance(source, ApiSource)
    return source


def _print_changed(what: str, prices: Sequence[Document], as_json: bool) -> None:
    if as_json:
        print_json(prices)
    else:
        console().print(f"{what}:")
        console().print(_price_table(prices))


def _price_table(prices: Sequence[Document]) -> Table:
    grid = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    providers = [clean(price["provider"]) or "any" for price in prices]
    # Prices that differ in the provider alone would look the same if it were cut.
    grid.add_column("provider", no_wrap=True, min_width=max(map(len, providers), default=0))
    for title in ("model", "holds"):
        grid.add_column(title, overflow="ellipsis", no_wrap=True)
    amounts = ("input", "cache_read", "cache_write", "output", "reasoning", "request")
    for name in amounts:
        grid.add_column(name.replace("_", " "), justify="right", no_wrap=True, min_width=len(name))
    grid.add_column("source", no_wrap=True)
    lines = {
        (
            provider,
            _model_text(price),
            _validity_text(price),
            *("-" if (usd := price["usd"][name]) is None else f"{usd:g}" for name in amounts),
            clean(price["source"]),
        ): None
        for price, provider in zip(prices, providers, strict=True)
    }
    # Those that differ only in which names of a model they match are shown once.
    for line in lines:
        grid.add_row(*line)
    return grid


def _model_text(price: Document) -> str:
    [(kind, _)] = price["match"].items()
    marks = {"starts_with": "{}*", "ends_with": "*{}", "contains": "*{}*"}
    own = price["source"] == table.OWN
    return (marks.get(kind, "{}") if own else "{}").format(clean(price["model"]))


def _validity_text(price: Document) -> str:
    parts = [
        f"{title} {_short_time(price[key])}"
        for title, key in (("from", "valid_from"), ("to", "valid_to"))
        if price[key]
    ]
    if price["daily"]:
        parts.append(f"{price['daily']['from'][:5]}-{price['daily']['to'][:5]}")
    if price["input_tokens_min"]:
        parts.append(f"> {price['input_tokens_min'] - 1:,} tokens")
    return " ".join(parts) or "always"


def _short_time(text: str) -> str:
    return text.removesuffix("T00:00:00Z").removesuffix(":00Z")


def _unknown_table(found: Sequence[Document]) -> Table:
    grid = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for title in ("provider", "request model", "response model"):
        grid.add_column(title, overflow="ellipsis", no_wrap=True)
    for title in ("spans", "in", "out"):
        grid.add_column(title, justify="right", no_wrap=True)
    grid.add_column("why", no_wrap=True)
    for row in found:
        grid.add_row(
            *(clean(row[key]) or "-" for key in ("provider", "request_model", "response_model")),
            *(
                "-" if row[key] is None else f"{row[key]:,}"
                for key in ("spans", "input_tokens", "output_tokens")
            ),
            "not for all tokens or times" if row["priced"] else "no price",
        )
    return grid
