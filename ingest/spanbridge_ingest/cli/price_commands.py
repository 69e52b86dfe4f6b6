"""``spanbridge prices``: the commands and their options."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from spanbridge_ingest.cli.options import with_settings
from spanbridge_ingest.settings import Settings

prices_app = typer.Typer(help="See and set what model calls cost.")

_USD = "USD-PER-MTOK"

Api = Annotated[
    str | None,
    typer.Option("--api", metavar="URL", help="Read from this service instead of a store."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
Model = Annotated[str, typer.Option("--model", metavar="NAME", help="Name of the model.")]
Match = Annotated[
    str,
    typer.Option(
        "--match",
        metavar="KIND",
        help="What the name is of those meant: equals, starts_with, ends_with or contains.",
    ),
]
Above = Annotated[
    int | None,
    typer.Option(
        "--above",
        metavar="TOKENS",
        min=0,
        max=2**53,
        help="For requests with more input tokens than this.",
    ),
]


def _usd(flag: str, what: str) -> object:
    return typer.Option(flag, metavar=_USD, help=f"US dollars per million {what} tokens.")


@prices_app.command("list")
@with_settings("store", "clickhouse", "cluster")
def list_prices(
    provider: Annotated[
        str | None, typer.Option("--provider", metavar="NAME", help="Of this provider only.")
    ] = None,
    model: Annotated[
        str | None, typer.Option("--model", metavar="NAME", help="Only those that mean this model.")
    ] = None,
    at: Annotated[
        str | None, typer.Option("--at", metavar="TIME", help="Only those that hold at this time.")
    ] = None,
    as_json: AsJson = False,
    api: Api = None,
    *,
    settings: Settings,
) -> None:
    """List the prices in force, in US dollars per million tokens."""
    from spanbridge_ingest.cli.prices import list_prices as run

    run(settings, api, provider=provider, model=model, at=at, as_json=as_json)


@prices_app.command("unknown")
@with_settings("store", "clickhouse", "cluster")
def unknown_prices(
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="AGE|TIME", help="Begun since: 90s, 15m, 2h, 7d, or ISO."),
    ] = None,
    as_json: AsJson = False,
    api: Api = None,
    *,
    settings: Settings,
) -> None:
    """List the models that spans name and that have no price."""
    from spanbridge_ingest.cli.prices import unknown_prices as run

    run(settings, api, since=since, as_json=as_json)


@prices_app.command("add")
@with_settings("store", "clickhouse", "cluster")
def add_price(
    model: Model,
    provider: Annotated[
        str, typer.Option("--provider", metavar="NAME", help="Of this provider; any unless given.")
    ] = "",
    match: Match = "equals",
    given_input: Annotated[str | None, _usd("--input", "input")] = None,
    cache_read: Annotated[str | None, _usd("--cache-read", "cached input")] = None,
    cache_write: Annotated[str | None, _usd("--cache-write", "cache-written input")] = None,
    output: Annotated[str | None, _usd("--output", "output")] = None,
    reasoning: Annotated[str | None, _usd("--reasoning", "reasoning")] = None,
    request: Annotated[
        str | None, typer.Option("--request", metavar="USD", help="US dollars per request.")
    ] = None,
    valid_from: Annotated[
        str | None, typer.Option("--from", metavar="TIME", help="From this time on (inclusive).")
    ] = None,
    valid_to: Annotated[
        str | None, typer.Option("--to", metavar="TIME", help="Until this time (exclusive).")
    ] = None,
    above: Above = None,
    as_json: AsJson = False,
    *,
    settings: Settings,
) -> None:
    """Set an own price. It comes before the package's, also for spans that are there already."""
    from spanbridge_ingest.cli.prices import add_price as run
    from spanbridge_ingest.prices.own import own_price

    amounts = {
        "input": given_input,
        "cache_read": cache_read,
        "cache_write": cache_write,
        "output": output,
        "reasoning": reasoning,
        "request": request,
    }
    price = own_price(
        provider,
        model,
        amounts,
        kind=match,
        valid_from=valid_from,
        valid_to=valid_to,
        above_tokens=above,
    )
    run(settings, price, as_json=as_json)


@prices_app.command("remove")
@with_settings("store", "clickhouse", "cluster")
def remove_price(
    model: Model,
    provider: Annotated[
        str | None, typer.Option("--provider", metavar="NAME", help="Of this provider only.")
    ] = None,
    valid_from: Annotated[
        str | None, typer.Option("--from", metavar="TIME", help="Only that which begins then.")
    ] = None,
    as_json: AsJson = False,
    *,
    settings: Settings,
) -> None:
    """Take own prices of a model out again."""
    from spanbridge_ingest.cli.prices import remove_prices as run

    run(settings, model=model, provider=provider, valid_from=valid_from, as_json=as_json)


@prices_app.command("refresh")
@with_settings("store", "clickhouse", "cluster")
def refresh_prices(
    file: Annotated[
        Path | None,
        typer.Option("--file", help="Prices in genai-prices' JSON format, not the package's."),
    ] = None,
    as_json: AsJson = False,
    *,
    settings: Settings,
) -> None:
    """Take over the prices of the installed genai-prices package, or of a file.

    Needs no network. Own prices stay.
    """
    from spanbridge_ingest.cli.prices import refresh_prices as run

    run(settings, file, as_json=as_json)
