"""The service's store over Distributed tables: one node, and no replication."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from spanbridge_ingest.query import traces
from spanbridge_ingest.query.search.question import Question
from spanbridge_ingest.query.search.run import find
from spanbridge_ingest.store import ClickHouseStore
from spanbridge_ingest.store.cluster import sharded_tables
from spanbridge_ingest.store.edits import TraceEdits
from spanbridge_ingest.store.kafka import kafka_feed
from spanbridge_ingest.store.landing import TRACES
from spanbridge_ingest.store.migrate import apply
from spanbridge_ingest.store.schema import SchemaOptions, landing_schema
from tests.query.loading import LOG_FILES, TRACE_FILES, embedded_store, load_corpus

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouseStore]:
    """The corpus, embedded."""
    with embedded_store(tmp_path_factory.mktemp("plain")) as store:
        load_corpus(store)
        yield store


def test_rows_go_through_the_distributed_tables(store: ClickHouseStore) -> None:
    assert LOG_FILES
    for table in ("otel_traces", "otel_logs", "otel_traces_trace_id_ts", "otlp_batches"):
        [(seen, stored)] = store.query(
            f"SELECT (SELECT count() FROM otel.{table}), (SELECT count() FROM otel.{table}_local)"
        )
        assert seen == stored != 0, table
    engines = dict(
        store.query(
            "SELECT name, engine FROM system.tables "
            "WHERE database = 'otel' AND name IN {t:Array(String)}",
            {"t": list(sharded_tables())},
        )
    )
    assert engines == dict.fromkeys(sharded_tables(), "Distributed")


def test_documents_and_lists_are_those_of_one_server(
    store: ClickHouseStore, plain: ClickHouseStore
) -> None:
    pages = [traces.list_traces(one, limit=traces.MAX_PAGE).traces for one in (store, plain)]
    assert len(pages[0]) >= len(TRACE_FILES)
    assert pages[0] == pages[1]
    for item in pages[0][::10]:
        document = traces.trace_document(store, item["trace_id"])
        assert document == traces.trace_document(plain, item["trace_id"])


@pytest.mark.parametrize(
    "text",
    [
        "status = 'ERROR'",
        "total_tokens > 100",
        "span.type = 'TOOL' AND NOT status = 'ERROR'",
        "text LIKE '%weather%'",
        "feedback.helpful = true OR tag.env = 'test'",
    ],
)
def test_searches_find_the_same(store: ClickHouseStore, plain: ClickHouseStore, text: str) -> None:
    found = [find(one, Question(text)).traces for one in (store, plain)]
    assert found[0] == found[1]


def test_views_say_the_same(store: ClickHouseStore, plain: ClickHouseStore) -> None:
    window = "since = '2000-01-01 00:00:00', until = '2100-01-01 00:00:00'"
    for question in (
        f"SELECT Provider, count(), sum(InputTokens) FROM DB.otel_traces_usage({window}) "
        "GROUP BY 1 ORDER BY 1",
        "SELECT TraceId, Name, ValueText FROM DB.otel_trace_assessments ORDER BY ALL",
        "SELECT count(), round(sum(CostUsd), 6) FROM DB.otel_traces_cost",
    ):
        answers = [one.query(question.replace("DB", one.database)) for one in (store, plain)]
        assert answers[0] == answers[1]


def test_tags_and_deletions(store: ClickHouseStore) -> None:
    edits = TraceEdits(store.engine, store.database)
    [item] = traces.list_traces(store, limit=1).traces
    trace_id = item["trace_id"]
    edits.put_tags(trace_id, {"reviewed": "yes"})
    assert traces.trace_document(store, trace_id)["tags"]["reviewed"] == "yes"
    assert edits.delete_traces([trace_id]) == 1
    for table in ("otel_traces", "otel_traces_trace_id_ts", "trace_tags"):
        [(left,)] = store.query(
            f"SELECT count() FROM otel.{table}_local WHERE TraceId = {{id:String}}",
            {"id": trace_id},
        )
        assert left == 0, table


def test_nothing_that_was_acknowledged_is_taken_for_left_over(store: ClickHouseStore) -> None:
    assert store.reconcile() == 0
    store.engine.command("INSERT INTO otel.otel_traces (TraceId, BatchId) SELECT 'left over', 1")
    store.engine.command("DELETE FROM `otel`.`otel_traces` WHERE BatchId = 1")
    assert store.query("SELECT count() FROM otel.otel_traces WHERE BatchId = 1") == [(0,)]


def test_applying_the_schema_again_changes_what_changed(store: ClickHouseStore) -> None:
    done: list[str] = []
    options = SchemaOptions("otel", retention_days=7, deduplicate=True, cluster="test")
    apply(store.engine, options, progress=done.append)
    assert {line.partition(" of ")[0] for line in done} == {"retention"}
    done.clear()
    apply(store.engine, options, progress=done.append)
    assert done == []
    store.engine.command("ALTER TABLE `otel`.`otel_traces` ADD COLUMN `Team` String")
    apply(store.engine, options, progress=done.append)
    assert done == ["distributed table otel_traces"]
    assert store.query("SELECT max(Team) FROM otel.otel_traces") == [("",)]


def test_messages_of_kafka_become_rows(store: ClickHouseStore) -> None:
    # No broker is here: the table of the queue is one that rows can be inserted into.
    table, errors, feed = kafka_feed(
        TRACES, "otel", brokers="kafka:9092", topic="otlp_spans", group="g"
    )
    columns = table[: table.index(" ENGINE = Kafka") - 1]
    virtual = "_topic String, _partition UInt64, _offset UInt64, _error String"
    for statement in (f"{columns}, {virtual}) ENGINE = Null", errors, feed):
        store.engine.command(statement)
    name = landing_schema(TRACES, "otel").table.replace("_landing", "_kafka")
    before = store.query("SELECT count() FROM otel.otel_traces")
    recorded = next(path for path in TRACE_FILES if "openai" in path.name or "openai" in str(path))
    settings = {
        **store.engine.protobuf_settings(name, TRACES.schema, TRACES.message),
        "input_format_protobuf_oneof_presence": "1",
    }
    listed = [c for c in TRACES.columns if f"`{c}` " in columns]
    store.engine.insert(
        f"`otel`.`{name}`", "ProtobufSingle", [Path(recorded).read_bytes()], settings, listed
    )
    [(count, young, models)] = store.query(
        "SELECT count(), min(ReceivedAt) > now() - 60, countIf(GenAIRequestModel != '') "
        "FROM otel.otel_traces WHERE BatchId = 0"
    )
    assert int(str(count)) > 0
    assert young
    assert int(str(models)) > 0
    assert store.query("SELECT count() FROM otel.otel_traces") != before
    store.engine.command(f"INSERT INTO otel.{name} (_topic, _offset, _error) SELECT 't', 7, 'bad'")
    [(reason, where)] = store.query(
        "SELECT Reason, ResourceAttributes FROM otel.otlp_rejects WHERE BatchId = 0"
    )
    assert reason == "unreadable_message"
    assert isinstance(where, dict)
    assert where["messaging.kafka.offset"] == "7"
