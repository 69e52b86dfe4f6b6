"""``spanbridge schema``: what stands in the database, and bringing it up to date."""

from __future__ import annotations

from contextlib import closing

import typer

from spanbridge_ingest.cli.output import console
from spanbridge_ingest.cli.wiring import open_settings_engine, schema_options
from spanbridge_ingest.errors import ConfigError
from spanbridge_ingest.settings import Settings
from spanbridge_ingest.store import migrate


def print_schema(settings: Settings) -> None:
    """Print every statement that makes the schema from nothing."""
    for statement in migrate.statements(schema_options(settings)):
        typer.echo(f"{statement.rstrip().rstrip(';')};\n")


def apply_schema(settings: Settings, *, backfill: bool) -> None:
    """Make or upgrade the schema of the store."""
    output = console()
    with closing(open_settings_engine(settings)) as engine:
        options = schema_options(settings)
        migrate.apply(engine, options, backfill=backfill, progress=output.print)
    output.print("The schema is up to date.")


def attach_schema(settings: Settings, table: str, *, backfill: bool) -> None:
    """Give ``table`` (``name`` or ``database.name``) the GenAI columns."""
    database, dot, name = table.rpartition(".")
    if not name or (dot and not database):
        raise ConfigError(f"--table {table}: not a table. Example: otel.otel_traces")
    output = console()
    with closing(open_settings_engine(settings)) as engine:
        migrate.attach(
            engine, database or engine.database, name, backfill=backfill, progress=output.print
        )
    output.print(f"{table} has the GenAI columns.")
