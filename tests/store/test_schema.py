"""The schema: idempotent, forward only, upgraded in place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pytest

from spanbridge_ingest.errors import ConfigError, StoreSchemaError
from spanbridge_ingest.store import migrate, schema
from spanbridge_ingest.store.anyvalue import VALUE_TYPE
from spanbridge_ingest.store.schema import SchemaOptions
from spanbridge_semconv import genai_columns

from .requests import trace_request

if TYPE_CHECKING:
    from .conftest import StoreUnderTest

EXPORTER_COLUMNS = {
    "Timestamp": "DateTime64(9)",
    "TraceId": "String",
    "SpanId": "String",
    "ParentSpanId": "String",
    "TraceState": "String",
    "SpanName": "LowCardinality(String)",
    "SpanKind": "LowCardinality(String)",
    "ServiceName": "LowCardinality(String)",
    "ResourceAttributes": "Map(LowCardinality(String), String)",
    "ScopeName": "String",
    "ScopeVersion": "String",
    "SpanAttributes": "Map(LowCardinality(String), String)",
    "Duration": "UInt64",
    "StatusCode": "LowCardinality(String)",
    "StatusMessage": "String",
    "Events.Timestamp": "Array(DateTime64(9))",
    "Events.Name": "Array(LowCardinality(String))",
    "Events.Attributes": "Array(Map(LowCardinality(String), String))",
    "Links.TraceId": "Array(String)",
    "Links.SpanId": "Array(String)",
    "Links.TraceState": "Array(String)",
    "Links.Attributes": "Array(Map(LowCardinality(String), String))",
}


def _columns(db: StoreUnderTest, table: str) -> dict[str, str]:
    rows = db.rows(
        "SELECT name, type FROM system.columns WHERE database = 'default' AND table = {t:String}",
        t=table,
    )
    return {str(name): str(type_) for name, type_ in rows}


def test_the_exporter_s_columns_come_first_under_its_names_and_types(db: StoreUnderTest) -> None:
    found = _columns(db, "otel_traces")
    assert dict(list(found.items())[: len(EXPORTER_COLUMNS)]) == EXPORTER_COLUMNS


def test_every_genai_column_is_there(db: StoreUnderTest) -> None:
    assert {c.name for c in genai_columns()} <= _columns(db, "otel_traces").keys()


def test_applying_again_changes_nothing(db: StoreUnderTest) -> None:
    def state() -> Sequence[tuple[object, ...]]:
        return db.rows(
            "SELECT name, create_table_query FROM system.tables "
            "WHERE database = 'default' ORDER BY name"
        )

    before = state()
    migrate.apply(db.store.engine, SchemaOptions())
    assert state() == before


def test_views_of_an_earlier_release_are_replaced(db: StoreUnderTest) -> None:
    views = ("otel_traces_usage", "otel_trace_totals", "otel_traces_cost")
    for view in views:
        db.store.engine.command(f"CREATE OR REPLACE VIEW {view} AS SELECT 1 AS Old")
    migrate.apply(db.store.engine, SchemaOptions())
    for view in views:
        [(made,)] = db.rows(
            "SELECT create_table_query FROM system.tables WHERE name = {t:String}", t=view
        )
        assert "CostUsd" in str(made)


def test_a_new_registry_replaces_the_columns_and_backfill_recomputes(
    db: StoreUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    request, span = trace_request({"gen_ai.operation.name": "chat", "gen_ai.request.model": "m1"})
    db.write(request)
    engine = db.store.engine
    with monkeypatch.context() as patch:
        other = schema.GenAIColumn(
            **{
                **{f: getattr(genai_columns()[0], f) for f in schema.GenAIColumn.__slots__},
                "name": "GenAIDialect",
                "type": "String",
                "kind": "MATERIALIZED",
                "expression": "'another'",
                "codec": "ZSTD(1)",
            }
        )
        for module in (schema, migrate):
            patch.setattr(module, "genai_columns", lambda: (other,))
        migrate.apply(engine, SchemaOptions(), backfill=True)
        assert db.rows(
            "SELECT GenAIDialect FROM otel_traces WHERE SpanId = {id:String}", id=span.span_id.hex()
        ) == [("another",)]
    migrate.apply(engine, SchemaOptions(), backfill=True)
    [(dialect, model)] = db.rows(
        "SELECT GenAIDialect, GenAIRequestModel FROM otel_traces WHERE SpanId = {id:String}",
        id=span.span_id.hex(),
    )
    assert dialect != "another"
    assert model == "m1"


def test_a_migration_that_changed_after_release_is_refused(
    db: StoreUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    edited = [
        schema.Migration(step.version, step.name, step.sql, "0" * 16)
        for step in schema.migrations(SchemaOptions())
    ]
    monkeypatch.setattr(migrate, "migrations", lambda _: edited)
    with pytest.raises(StoreSchemaError, match="in another form"):
        migrate.apply(db.store.engine, SchemaOptions())


def test_an_old_server_is_refused_with_the_version_it_takes(
    db: StoreUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrate, "MIN_SERVER_VERSION", (99, 1))
    with pytest.raises(StoreSchemaError, match=r"needs 99\.1 or later"):
        migrate.apply(db.store.engine, SchemaOptions())


def test_attach_gives_an_exporter_s_table_the_same_values(db: StoreUnderTest) -> None:
    engine = db.store.engine
    listed = ", ".join(f"`{name}` {type_}" for name, type_ in EXPORTER_COLUMNS.items())
    engine.command(f"CREATE TABLE exported ({listed}) ENGINE = MergeTree ORDER BY Timestamp")
    request, span = trace_request(
        {
            "gen_ai.operation.name": "chat",
            "gen_ai.request.model": "m2",
            "gen_ai.usage.input_tokens": 3,
            "gen_ai.usage.output_tokens": 4,
        }
    )
    db.write(request)
    names = ", ".join(f"`{name}`" for name in EXPORTER_COLUMNS)
    copy = f"INSERT INTO exported ({names}) SELECT {names} FROM otel_traces WHERE SpanId = "
    engine.command(f"{copy}'{span.span_id.hex()}'")
    migrate.attach(engine, "default", "exported")
    engine.command(f"{copy}'{span.span_id.hex()}'")
    wanted = "GenAISpanType, GenAIRequestModel, GenAITotalTokens"
    assert db.rows(f"SELECT {wanted} FROM exported") == [("CHAT_MODEL", "m2", 7)] * 2


def test_attach_says_what_is_not_an_exporter_s_table(db: StoreUnderTest) -> None:
    with pytest.raises(StoreSchemaError, match=r"no table default\.nowhere"):
        migrate.attach(db.store.engine, "default", "nowhere")
    with pytest.raises(StoreSchemaError, match="has no column"):
        migrate.attach(db.store.engine, "default", "schema_version")


def test_a_database_with_an_exporter_s_tables_is_refused_and_left_alone(
    db: StoreUnderTest,
) -> None:
    engine = db.store.engine
    listed = ", ".join(f"`{name}` {type_}" for name, type_ in EXPORTER_COLUMNS.items())
    engine.command("CREATE DATABASE theirs")
    engine.command(f"CREATE TABLE theirs.otel_traces ({listed}) ENGINE = MergeTree ORDER BY ()")
    migrate.attach(engine, "theirs", "otel_traces")
    with pytest.raises(StoreSchemaError, match=r"^theirs\.otel_traces: made by another program"):
        migrate.apply(engine, SchemaOptions(database="theirs"))
    assert db.rows("SELECT name FROM system.tables WHERE database = 'theirs'") == [("otel_traces",)]
    engine.command("DROP DATABASE theirs")


@pytest.mark.parametrize("name", ["", "a b", "x;DROP", "1st", "a`b", "ü", "a" * 128])
def test_names_that_are_no_plain_identifiers(name: str) -> None:
    with pytest.raises(ConfigError, match="plain ClickHouse identifier"):
        SchemaOptions(database=name)


def test_retention_can_be_changed_and_lifted(db: StoreUnderTest) -> None:
    def stated() -> set[object]:
        rows = db.rows(
            "SELECT extract(create_table_query, 'toIntervalDay.([0-9]+)') FROM system.tables "
            "WHERE database = 'default' AND name IN {t:Array(String)}",
            t=list(schema.RETAINED_TABLES),
        )
        return {days for (days,) in rows}

    for days in (7, 30):
        migrate.apply(db.store.engine, SchemaOptions(retention_days=days))
        assert stated() == {str(days)}
    migrate.apply(db.store.engine, SchemaOptions())
    assert stated() == {""}


def test_a_database_of_a_newer_release_is_refused(db: StoreUnderTest) -> None:
    engine = db.store.engine
    engine.command(
        "INSERT INTO schema_version (Version, Name, Checksum, Release) VALUES (9999, 'x', 'x', '9')"
    )
    try:
        with pytest.raises(StoreSchemaError, match="newer release"):
            migrate.apply(engine, SchemaOptions())
    finally:
        engine.command(
            "DELETE FROM schema_version WHERE Version = 9999", {"lightweight_deletes_sync": "2"}
        )


def test_retention_becomes_a_ttl() -> None:
    statements = "\n".join(migrate.statements(SchemaOptions(retention_days=30)))
    assert "TTL toDateTime(ReceivedAt) + toIntervalDay(30)" in statements
    assert "toIntervalDay" not in "\n".join(migrate.statements(SchemaOptions()))
    assert VALUE_TYPE in statements
