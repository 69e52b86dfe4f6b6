"""``spanbridge schema``: what stands in the database, and bringing it up to date."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated

import typer

from spanbridge_ingest.cli.options import with_settings
from spanbridge_ingest.cli.output import console
from spanbridge_ingest.cli.wiring import open_settings_engine, schema_options
from spanbridge_ingest.errors import ConfigError
from spanbridge_ingest.settings import Settings
from spanbridge_ingest.store import migrate

app = typer.Typer(help="Print or change the database schema.")

Backfill = Annotated[
    bool,
    typer.Option("--backfill", help="Compute the GenAI columns of stored rows anew; takes time."),
]


@app.command("print")
@with_settings("clickhouse", "retention_days")
def print_schema(*, settings: Settings) -> None:
    """Print the statements that make the schema, for review or for another tool to run."""
    for statement in migrate.statements(schema_options(settings)):
        typer.echo(f"{statement.rstrip().rstrip(';')};\n")


@app.command("apply")
@with_settings("store", "clickhouse", "retention_days")
def apply_schema(backfill: Backfill = False, *, settings: Settings) -> None:
    """Make or upgrade the schema. Running it again changes nothing."""
    output = console()
    with closing(open_settings_engine(settings)) as engine:
        options = schema_options(settings)
        migrate.apply(engine, options, backfill=backfill, progress=output.print)
    output.print("The schema is up to date.")


@app.command("attach")
@with_settings("store", "clickhouse")
def attach_schema(
    table: Annotated[
        str,
        typer.Option("--table", help="A table that the Collector's clickhouseexporter fills."),
    ],
    backfill: Backfill = False,
    *,
    settings: Settings,
) -> None:
    """Give a table of the Collector's clickhouseexporter the GenAI columns."""
    database, dot, name = table.rpartition(".")
    if dot and not (database and name):
        raise ConfigError(f"--table {table}: not a table. Example: otel.otel_traces")
    output = console()
    with closing(open_settings_engine(settings)) as engine:
        migrate.attach(
            engine, database or engine.database, name, backfill=backfill, progress=output.print
        )
    output.print(f"{table} has the GenAI columns.")
