"""``spanbridge schema``: what stands in the database, and bringing it up to date."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing

import typer

from spanbridge_ingest.cli.output import console
from spanbridge_ingest.cli.wiring import open_settings_engine, schema_options
from spanbridge_ingest.errors import ConfigError
from spanbridge_ingest.settings import Settings
from spanbridge_ingest.store import migrate
from spanbridge_ingest.store.cluster import on_cluster
from spanbridge_ingest.store.kafka import kafka_feed
from spanbridge_ingest.store.landing import LOGS, TRACES


def print_schema(settings: Settings) -> None:
    """Print every statement that makes the schema from nothing."""
    _print(migrate.statements(schema_options(settings)))


def print_kafka(
    settings: Settings, signal: str, *, brokers: str, topic: str, group: str, consumers: int
) -> None:
    """Print the statements that feed the tables of one signal from Kafka."""
    options = schema_options(settings)
    landings = {landing.signal: landing for landing in (TRACES, LOGS)}
    if signal not in landings:
        raise ConfigError(f"--signal {signal}: expected {' or '.join(landings)}")
    feed = kafka_feed(
        landings[signal],
        options.database,
        brokers=brokers,
        topic=topic,
        group=group,
        consumers=consumers,
    )
    _print(on_cluster(statement, options.cluster) for statement in feed)


def _print(statements: Iterable[str]) -> None:
    for statement in statements:
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
