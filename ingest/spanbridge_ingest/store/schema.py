"""What stands in the database, and how it gets there.

Two kinds of objects:

* **Tables that hold data** change only by the numbered migrations in ``sql/``: forward only,
  idempotent, never edited once released. ``schema_version`` lists what was applied.
* **Objects that hold none** (landing tables and their views, under a name that contains the
  fingerprint of their definition) and the **GenAI columns** are derived from code and registry,
  and are brought up to date whenever their definition changed.

Landing tables of other releases are left alone: another instance may be writing through them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from string import Template

from spanbridge_ingest.errors import ConfigError
from spanbridge_ingest.store.anyvalue import VALUE_TYPE
from spanbridge_ingest.store.decode import decode_select, decoded_columns
from spanbridge_ingest.store.landing import LOGS, TRACES, Landing
from spanbridge_ingest.store.names import identifier, qualified
from spanbridge_semconv.compile.clickhouse import GenAIColumn, genai_columns

MIN_SERVER_VERSION = (26, 1)
"""25.8 brought ``format_schema_source`` and ``input_format_protobuf_oneof_presence``; until 26.1 a
message with two members of one oneof broke the insert with a logical error."""

DEDUPLICATION_WINDOW = 1000
"""Blocks whose tokens a plain MergeTree remembers, so that a batch sent again is stored once."""

_LATEST_START = "toDateTime('2106-02-07 00:00:00', 'UTC')"

_TARGETS = {TRACES.signal: "otel_traces", LOGS.signal: "otel_logs"}
_INDEXED_GENAI_COLUMNS = ("GenAIConversationId", "GenAIUserId", "GenAIResponseId")
"""People look single values of these up."""

_INTERNAL = frozenset({"RejectReason", "ResourceIndex"})


@dataclass(frozen=True, slots=True)
class SchemaOptions:
    """How the schema is laid out. ``retention_days`` 0 keeps everything."""

    database: str = "default"
    retention_days: int = 0
    deduplicate: bool = False
    """Whether tables remember what was inserted; replicated ones do so by themselves."""
    cluster: str | None = None
    """The cluster the tables are on, as ``system.clusters`` calls it."""

    def __post_init__(self) -> None:
        identifier(self.database)
        if self.cluster is not None:
            identifier(self.cluster)
        if not 0 <= self.retention_days <= 36500:
            raise ConfigError(f"retention must be 0 to 36500 days, not {self.retention_days}")


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered step; ``checksum`` is of the file as written, before options are filled in."""

    version: int
    name: str
    sql: str
    checksum: str


def migrations(options: SchemaOptions) -> list[Migration]:
    """Every migration, in order, with ``options`` filled in."""
    ttl = f"TTL {retention(options)}" if options.retention_days else ""
    dedup = ""
    if options.deduplicate and options.cluster is None:
        dedup = f", non_replicated_deduplication_window = {DEDUPLICATION_WINDOW}"
    values = {
        "database": identifier(options.database),
        "ttl": ttl,
        "dedup": dedup,
        "value_type": VALUE_TYPE,
    }
    out: list[Migration] = []
    folder = files("spanbridge_ingest.store") / "sql"
    for entry in sorted(folder.iterdir(), key=lambda e: e.name):
        if not entry.name.endswith(".sql"):
            continue
        number, _, name = entry.name.removesuffix(".sql").partition("_")
        text = entry.read_text("utf-8").strip()
        checked = text.replace("$value_type", VALUE_TYPE)
        checksum = hashlib.blake2b(checked.encode(), digest_size=8).hexdigest()
        out.append(Migration(int(number), name, Template(text).substitute(values), checksum))
    return out


RETAINED_TABLES = (
    *("otel_traces", "otel_traces_trace_id_ts", "otel_logs", "otlp_rejects"),
    *("trace_tags", "trace_assessments", "trace_calls"),
)
"""The tables whose rows go after the retention time."""


def retention(options: SchemaOptions) -> str:
    """The TTL expression of the retained tables."""
    return f"toDateTime(ReceivedAt) + toIntervalDay({options.retention_days})"


@dataclass(frozen=True, slots=True)
class LandingSchema:
    """A landing table with its views, under names made from a fingerprint of the definition."""

    landing: Landing
    database: str
    table: str
    statements: tuple[str, ...]


def landing_schema(landing: Landing, database: str) -> LandingSchema:
    """Names and statements of the landing of one signal. Every statement is idempotent."""
    identifier(database)
    definition = "\n".join(_landing_statements(landing, database, "X"))
    fingerprint = hashlib.blake2b((definition + landing.schema).encode(), digest_size=4).hexdigest()
    base = f"otlp_{landing.signal}_{fingerprint}"
    return LandingSchema(
        landing, database, f"{base}_landing", tuple(_landing_statements(landing, database, base))
    )


def _landing_statements(landing: Landing, database: str, base: str) -> Iterator[str]:
    landed, decoded = qualified(database, f"{base}_landing"), qualified(database, f"{base}_decoded")
    columns = ", ".join(f"`{name}` {type_}" for name, type_ in landing.columns.items())
    yield f"CREATE TABLE IF NOT EXISTS {landed} ({columns}) ENGINE = Null"
    select = decode_select(landing, landed)
    yield f"CREATE TABLE IF NOT EXISTS {decoded} ENGINE = Null EMPTY AS {select}"
    # The views are made last and innermost first: a landing without all its views would lose data.
    target = _TARGETS[landing.signal]
    names = [name for name in decoded_columns(landing) if name not in _INTERNAL]
    listed = ", ".join(f"`{name}`" for name in names)
    yield (
        f"CREATE MATERIALIZED VIEW IF NOT EXISTS {qualified(database, f'{base}_rows')} "
        f"TO {qualified(database, target)} ({listed}) "
        f"AS SELECT {listed} FROM {decoded} WHERE RejectReason = ''"
    )
    if landing is TRACES:
        rejected = (
            "ReceivedAt, BatchId, ResourceIndex, 'traces' AS Signal, RejectReason AS Reason, "
            "TraceId, SpanId, SpanName, Timestamp, ServiceName, ScopeName, "
            "ResourceAttributes, SpanAttributes"
        )
        yield (
            f"CREATE MATERIALIZED VIEW IF NOT EXISTS {qualified(database, f'{base}_rejects')} "
            f"TO {qualified(database, 'otlp_rejects')} AS SELECT {rejected} "
            f"FROM {decoded} WHERE RejectReason != ''"
        )
    yield (
        f"CREATE MATERIALIZED VIEW IF NOT EXISTS {qualified(database, f'{base}_decode')} "
        f"TO {decoded} AS {select}"
    )


def fixed_views(database: str) -> list[str]:
    """Views that do not depend on the landing: the trace id lookup that Grafana expects."""
    clamped = f"least(Timestamp, toDateTime64({_LATEST_START}, 9))"
    table = qualified(database, "otel_traces_trace_id_ts")
    return [
        f"CREATE MATERIALIZED VIEW IF NOT EXISTS "
        f"{qualified(database, 'otel_traces_trace_id_ts_mv')} TO {table} AS "
        f"SELECT TraceId, toDateTime(min({clamped})) AS Start, toDateTime(max({clamped})) AS End, "
        f"toDateTime(max(ReceivedAt)) AS ReceivedAt "
        f"FROM {qualified(database, 'otel_traces')} WHERE TraceId != '' GROUP BY TraceId"
    ]


def genai_alters(database: str, table: str, present: Mapping[str, str]) -> list[str]:
    """What gives ``table`` this release's GenAI columns and indexes.

    ``present`` are the columns it has: name -> default kind (``MATERIALIZED``, ``ALIAS``, ...). A
    column whose kind changed is dropped and made anew: it holds nothing that cannot be computed.
    """
    name = qualified(database, table)
    changed = [c.name for c in genai_columns() if present.get(c.name, c.kind) != c.kind]
    actions = [
        (
            "ADD COLUMN IF NOT EXISTS "
            if c.name not in present or c.name in changed
            else "MODIFY COLUMN "
        )
        + column_clause(c)
        for c in genai_columns()
    ]
    actions += [
        f"ADD INDEX IF NOT EXISTS idx_{column.lower()} {column} "
        "TYPE bloom_filter(0.01) GRANULARITY 1"
        for column in _INDEXED_GENAI_COLUMNS
    ]
    alter = f"ALTER TABLE {name} {', '.join(actions)}"
    if not changed:
        return [alter]
    indexes = [f"DROP INDEX IF EXISTS idx_{column.lower()}" for column in _INDEXED_GENAI_COLUMNS]
    columns = [f"DROP COLUMN IF EXISTS `{column}`" for column in changed]
    return [
        f"ALTER TABLE {name} {', '.join(indexes)}",
        f"ALTER TABLE {name} {', '.join(columns)}",
        alter,
    ]


def column_clause(column: GenAIColumn) -> str:
    """``name type kind expression [codec]`` of one GenAI column."""
    codec = f" CODEC({column.codec})" if column.codec and column.kind != "ALIAS" else ""
    return f"`{column.name}` {column.type} {column.kind} {column.expression}{codec}"


def registry_fingerprint() -> str:
    """Changes whenever the generated GenAI columns change."""
    text = "\n".join(column_clause(c) for c in genai_columns())
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
