"""Brings a database to the schema of this release, or prints what that would take."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version

from spanbridge_ingest.errors import StoreSchemaError
from spanbridge_ingest.store.call_progress import BACKFILLED
from spanbridge_ingest.store.cluster import (
    distributed_table,
    on_cluster,
    sharded_tables,
    stored_name,
)
from spanbridge_ingest.store.cost import cost_views
from spanbridge_ingest.store.engine import Engine, Row
from spanbridge_ingest.store.landing import LOGS, TRACES
from spanbridge_ingest.store.names import identifier, qualified
from spanbridge_ingest.store.schema import (
    MIN_SERVER_VERSION,
    RETAINED_TABLES,
    Migration,
    SchemaOptions,
    fixed_views,
    genai_alters,
    landing_schema,
    migrations,
    registry_fingerprint,
    retention,
)
from spanbridge_ingest.store.totals import totals_views
from spanbridge_ingest.store.trace_views import assessment_view
from spanbridge_semconv.compile.clickhouse import genai_columns

_REGISTRY = "registry"
_DERIVED = "derived"
_MADE = re.compile(
    r"CREATE (?:OR REPLACE )?(?:MATERIALIZED )?(?:VIEW|TABLE) (?:IF NOT EXISTS )?"
    r"(?:`\w+`\.)?`?(\w+)`?",
)
Progress = Callable[[str], None]


def _silent(_: str) -> None:
    return


def check_server(engine: Engine) -> str:
    """The engine's version. Raises StoreSchemaError if it is too old to parse OTLP inserts."""
    [(found,)] = engine.control("SELECT version()")
    if _numbers(str(found)) < MIN_SERVER_VERSION:
        least = ".".join(map(str, MIN_SERVER_VERSION))
        raise StoreSchemaError(
            f"ClickHouse {found} is too old: spanbridge needs {least} or later "
            "to parse OTLP inserts. Upgrade the server."
        )
    return str(found)


def _numbers(server: str) -> tuple[int, ...]:
    return tuple(int(n) for n in re.findall(r"\d+", server)[:2])


def apply(
    engine: Engine, options: SchemaOptions, *, backfill: bool = False, progress: Progress = _silent
) -> None:
    """Create or upgrade everything. Safe to run again, and by several processes at once.

    ``backfill`` computes the GenAI columns of rows that are there already, with the registry of
    this release; otherwise they keep the values of the registry they were written with (rows that
    never had the columns are computed when read).
    """
    server = check_server(engine)
    database = options.database
    _check_own_tables(engine, database)
    if database != "default":
        engine.command(f"CREATE DATABASE IF NOT EXISTS `{identifier(database)}`")
    steps = migrations(options)
    engine.command(steps[0].sql)
    applied = _applied(engine, database)
    _check_not_newer(steps, applied)
    for step in steps:
        _check_unchanged(step, applied)
        if step.version not in applied:
            progress(f"migration {step.version:04d} {step.name}")
            engine.command(step.sql)
            _record(engine, database, step.version, step.name, step.checksum)
    _sync_retention(engine, options, progress)
    sync_genai_columns(engine, database, "otel_traces", backfill=backfill, progress=progress)
    if backfill:
        traces = qualified(database, "otel_traces")
        engine.command(
            f"ALTER TABLE {traces} MATERIALIZE COLUMN TraceAttributes", {"mutations_sync": "2"}
        )
        _record(engine, database, 0, BACKFILLED, registry_fingerprint())
    _sync_distributed(engine, database, progress)
    _sync_derived(engine, database, _derived(database, _numbers(server)))


def attach(
    engine: Engine,
    database: str,
    table: str,
    *,
    backfill: bool = False,
    progress: Progress = _silent,
) -> None:
    """Give a table that the Collector's clickhouseexporter fills the same GenAI columns."""
    check_server(engine)
    have = _columns(engine, database, stored_name(table, engine.cluster))
    if not have:
        raise StoreSchemaError(f"there is no table {database}.{table}")
    needed = {
        "SpanAttributes",
        "ScopeName",
        "SpanName",
        "SpanKind",
        "StatusCode",
        "ResourceAttributes",
    }
    missing = sorted(needed - have.keys())
    if missing:
        raise StoreSchemaError(
            f"{database}.{table} is not a table of the clickhouseexporter with Map attributes: "
            f"it has no column {', '.join(missing)}"
        )
    sync_genai_columns(engine, database, table, backfill=backfill, progress=progress)


def statements(options: SchemaOptions) -> list[str]:
    """Every statement that makes the schema from nothing, in order, for reading or for review."""
    tables = [step.sql for step in migrations(options)]
    tables += genai_alters(options.database, "otel_traces", {})
    over = sharded_tables() if options.cluster is not None else {}
    distributed = [distributed_table(options.database, t, str(options.cluster)) for t in over]
    rest = _derived(options.database, MIN_SERVER_VERSION)
    return [
        *(on_cluster(statement, options.cluster) for statement in tables),
        *distributed,
        *(on_cluster(statement, options.cluster) for statement in rest),
    ]


def _derived(database: str, server: tuple[int, ...]) -> list[str]:
    """The statements of what holds no data of its own: views, and where requests land."""
    out = [*fixed_views(database), *cost_views(database), assessment_view(database)]
    out += totals_views(database, server)
    for landing in (TRACES, LOGS):
        out += landing_schema(landing, database).statements
    return out


def _sync_derived(engine: Engine, database: str, wanted: Sequence[str]) -> None:
    """Run the statements unless what they make is there as they left it.

    The engine takes a second to analyse them, which every start and every command would wait for.
    """
    if _recorded(engine, database, _DERIVED) == _derived_state(engine, database, wanted):
        return
    for statement in wanted:
        engine.command(statement)
    _record(engine, database, 0, _DERIVED, _derived_state(engine, database, wanted))


def _derived_state(engine: Engine, database: str, wanted: Sequence[str]) -> str:
    """A checksum of the statements, the columns they stand on, and what they made as it is now."""
    names = [match[1] for match in map(_MADE.match, wanted) if match]
    rows = engine.control(
        "SELECT count(), sum(cityHash64(name, create_table_query)) FROM system.tables "
        "WHERE database = {d:String} AND name IN {names:Array(String)}",
        {"d": database, "names": names},
    )
    steps = [step.checksum for step in migrations(SchemaOptions(database))]
    stated = "\n".join([*wanted, *steps, registry_fingerprint(), repr(rows)])
    return hashlib.blake2b(stated.encode(), digest_size=8).hexdigest()


def sync_genai_columns(
    engine: Engine, database: str, table: str, *, backfill: bool, progress: Progress = _silent
) -> None:
    """Make the GenAI columns of ``table`` those of this release's registry."""
    name = f"{_REGISTRY}:{table}"
    fingerprint = registry_fingerprint()
    versioned = _exists(engine, database, "schema_version")
    if not versioned or _recorded(engine, database, name) != fingerprint:
        progress(f"GenAI columns of {table}")
        present = _columns(engine, database, stored_name(table, engine.cluster))
        for statement in genai_alters(database, table, present):
            engine.command(statement)
        if versioned:
            _record(engine, database, 0, name, fingerprint)
    if backfill:
        stored = [c.name for c in genai_columns() if c.kind == "MATERIALIZED"]
        progress(f"computing {len(stored)} GenAI columns of existing rows of {table}")
        actions = ", ".join(f"MATERIALIZE COLUMN `{c}`" for c in stored)
        engine.command(
            f"ALTER TABLE {qualified(database, table)} {actions}", {"mutations_sync": "2"}
        )


def _sync_distributed(engine: Engine, database: str, progress: Progress) -> None:
    """Make the tables over the shards' ones have the same columns as those."""
    if engine.cluster is None:
        return
    for table in sharded_tables():
        shown = _definitions(engine, database, table)
        if shown != _definitions(engine, database, stored_name(table, engine.cluster)):
            progress(f"distributed table {table}")
            # It is placed on the cluster already.
            engine.command(distributed_table(database, table, engine.cluster))


def _definitions(engine: Engine, database: str, table: str) -> list[Row]:
    return engine.control(
        "SELECT name, type, default_kind, default_expression FROM system.columns "
        "WHERE database = {d:String} AND table = {t:String} ORDER BY position",
        {"d": database, "t": table},
    )


def _exists(engine: Engine, database: str, table: str) -> bool:
    return bool(_columns(engine, database, table))


def _columns(engine: Engine, database: str, table: str) -> dict[str, str]:
    """Name -> default kind of the columns of a table; empty if there is no such table."""
    rows = engine.control(
        "SELECT name, default_kind FROM system.columns "
        "WHERE database = {d:String} AND table = {t:String}",
        {"d": database, "t": table},
    )
    return {str(name): str(kind) for name, kind in rows}


def _applied(engine: Engine, database: str) -> dict[int, str]:
    rows = engine.control(
        f"SELECT Version, any(Checksum) FROM {qualified(database, 'schema_version')} "
        "WHERE Version > 0 GROUP BY Version"
    )
    return {int(str(v)): str(checksum) for v, checksum in rows}


def _sync_retention(engine: Engine, options: SchemaOptions, progress: Progress) -> None:
    """Make the TTL of the tables that have one what the options say."""
    tables = {stored_name(table, engine.cluster): table for table in RETAINED_TABLES}
    stated = "TTL toDateTime.ReceivedAt. [+] toIntervalDay.([0-9]+)."
    rows = engine.control(
        f"SELECT name, extract(create_table_query, '{stated}') FROM system.tables "
        "WHERE database = {d:String} AND name IN {t:Array(String)}",
        {"d": options.database, "t": list(tables)},
    )
    wanted = str(options.retention_days or "")
    for name, days in rows:
        if days == wanted:
            continue
        table = tables[str(name)]
        progress(f"retention of {table}: {wanted or 'unlimited'} days")
        change = f"MODIFY TTL {retention(options)}" if wanted else "REMOVE TTL"
        engine.command(f"ALTER TABLE {qualified(options.database, table)} {change}")


def _check_own_tables(engine: Engine, database: str) -> None:
    """Refuse a database that another program keeps its traces in, before anything is made there.

    The tables of the Collector's clickhouseexporter have the names of ours; all of ours that it
    could have made have ``ReceivedAt``.
    """
    names = [*RETAINED_TABLES, *(stored_name(table, engine.cluster) for table in RETAINED_TABLES)]
    rows = engine.control(
        "SELECT table FROM system.columns "
        "WHERE database = {d:String} AND table IN {t:Array(String)} "
        "GROUP BY table HAVING NOT has(groupArray(name), 'ReceivedAt') ORDER BY table",
        {"d": database, "t": names},
    )
    if rows:
        foreign = ", ".join(f"{database}.{table}" for (table,) in rows)
        raise StoreSchemaError(
            f"{foreign}: made by another program, such as the Collector's clickhouseexporter. "
            "spanbridge needs a database of its own: name another one, as in --clickhouse "
            "http://host:8123/spanbridge. `spanbridge schema attach` gives their table the GenAI "
            "columns."
        )


def _check_not_newer(steps: Sequence[Migration], applied: Mapping[int, str]) -> None:
    newest = max(applied, default=0)
    if newest > steps[-1].version:
        raise StoreSchemaError(
            f"this database has migration {newest:04d}, which this release does not know: a newer "
            "release made it. Use that release."
        )


def _check_unchanged(step: Migration, applied: dict[int, str]) -> None:
    if applied.get(step.version, step.checksum) != step.checksum:
        raise StoreSchemaError(
            f"migration {step.version:04d}_{step.name} was applied to this database in another "
            "form; it was made by a different release. Use that release, or a new database."
        )


def _recorded(engine: Engine, database: str, name: str) -> str:
    """The checksum that was recorded last under a name; empty if none was."""
    [(checksum,)] = engine.control(
        f"SELECT argMax(Checksum, AppliedAt) FROM {qualified(database, 'schema_version')} "
        "WHERE Name = {name:String}",
        {"name": name},
    )
    return str(checksum)


def _record(engine: Engine, database: str, number: int, name: str, checksum: str) -> None:
    # All three are ours (file names and hex digests); literals, because an INSERT binds nothing.
    engine.command(
        f"INSERT INTO {qualified(database, 'schema_version')} (Version, Name, Checksum, Release) "
        f"SELECT {number}, '{name}', '{checksum}', '{version('spanbridge')}'"
    )
