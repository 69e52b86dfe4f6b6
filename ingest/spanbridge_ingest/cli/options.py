"""Command line options made from the table of settings."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Annotated, Any

import typer

from spanbridge_ingest import settings as s

ADVANCED = "Tuning"

_EVERYDAY = frozenset(
    (
        "store",
        "clickhouse",
        "cluster",
        "grpc",
        "http",
        "clickhouse_http",
        "jaeger",
        "forward",
        "forward_dialect",
        "forward_header",
        "demo_grpc",
        "demo_http",
    )
)


def with_settings(*names: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command one option per named setting and hand it the resolved ``settings``.

    The decorated function takes ``settings: Settings`` by keyword beside its own parameters. The
    environment is read here and not by the command line library, so that both sources go through
    one parser and one kind of error message.
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(command)
        def run(*args: Any, **kwargs: Any) -> None:
            flags = {name: _joined(kwargs.pop(name)) for name in names}
            command(*args, settings=s.resolve(flags), **kwargs)

        own = [
            parameter
            for parameter in inspect.signature(command, eval_str=True).parameters.values()
            if parameter.name != "settings"
        ]
        parameters = [*own, *(_parameter(name) for name in names)]
        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        return run

    return decorate


def _joined(given: str | list[str] | None) -> str | None:
    return ",".join(given) if isinstance(given, list) else given


def _parameter(name: str) -> inspect.Parameter:
    meta = s.meta(name)
    default = s.default_text(name)
    notes = [f"({s.env_name(name)})"]
    if default:
        notes.append(rf"\[default: {default}]")  # escaped, or Rich takes it for markup
    option = typer.Option(
        s.flag_name(name),
        metavar=meta.kind.name.upper().replace(" ", "-"),
        help=" ".join([meta.description.replace("`", ""), *notes]),
        show_default=False,
        rich_help_panel=None if name in _EVERYDAY else ADVANCED,
    )
    kind = Annotated[list[str] | None, option] if meta.repeats else Annotated[str | None, option]
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=kind)
