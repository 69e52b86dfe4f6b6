"""What the schema is on a cluster, and in what it differs from that on one server."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from spanbridge_ingest.errors import StoreSchemaError
from spanbridge_ingest.store.cluster import distributed_table, on_cluster, sharded_tables
from spanbridge_ingest.store.migrate import statements
from spanbridge_ingest.store.schema import SchemaOptions
from tests.cluster.conftest import CONFIG
from tests.cluster.server import alone

PLAIN = SchemaOptions("otel", retention_days=30)
CLUSTER = SchemaOptions("otel", retention_days=30, deduplicate=True, cluster="test")


def _undone(statement: str) -> str:
    """A statement for the cluster without the differences that are meant to be."""
    for table in sharded_tables():
        statement = statement.replace(f"`otel`.`{table}_local`", f"`otel`.`{table}`")
    return _unquoted(alone(statement))


def _unquoted(statement: str) -> str:
    text = statement.replace("MergeTree()", "MergeTree")
    return re.sub(r"\b(\w+)\.(\w+)", r"\1.\2", text.replace("`", ""))


def test_on_the_cluster_are_the_same_statements_and_the_declared_differences() -> None:
    plain, cluster = statements(PLAIN), statements(CLUSTER)
    distributed = [s for s in cluster if s.startswith("CREATE OR REPLACE TABLE")]
    rest = [s for s in cluster if s not in distributed]
    assert [_undone(s) for s in rest] == [_unquoted(s) for s in plain]
    assert distributed == [distributed_table("otel", t, "test") for t in sharded_tables()]


def test_every_statement_is_for_all_nodes() -> None:
    assert [s[:80] for s in statements(CLUSTER) if " ON CLUSTER `test`" not in s] == []


def test_where_rows_are() -> None:
    text = "\n".join(statements(CLUSTER))
    spread = dict(sharded_tables())
    assert spread.pop("otlp_batches") == "BatchId"
    assert "if(TraceId = ''" in spread.pop("otel_logs")
    assert set(spread.values()) == {"cityHash64(TraceId)"}
    assert {"otel_traces", "otel_traces_trace_id_ts", "trace_tags", "trace_assessments"} < set(
        spread
    )
    for table in ("schema_version", "model_prices", "model_price_rates"):
        made = re.search(rf"`otel`.`{table}` ON CLUSTER `test`.*?ENGINE = (.*?)\n", text, re.S)
        assert made is not None
        assert made[1].startswith("ReplicatedMergeTree('/clickhouse/tables/all/")


def test_what_a_view_makes_of_the_rows_of_a_shard_stays_there() -> None:
    [view] = [s for s in statements(CLUSTER) if "`otel_traces_trace_id_ts_mv`" in s]
    assert "TO `otel`.`otel_traces_trace_id_ts_local`" in view
    assert "FROM `otel`.`otel_traces_local`" in view


@pytest.mark.parametrize(
    ("given", "made"),
    [
        ("ALTER TABLE `d`.`otel_traces` X", "ALTER TABLE `d`.`otel_traces_local` ON CLUSTER `c` X"),
        ("ALTER TABLE d.theirs X", "ALTER TABLE `d`.`theirs` ON CLUSTER `c` X"),
        ("ALTER TABLE `d`.`model_prices` X", "ALTER TABLE `d`.`model_prices` X"),
        (
            "DELETE FROM `d`.`otel_logs` WHERE 1",
            "DELETE FROM `d`.`otel_logs_local` ON CLUSTER `c` WHERE 1",
        ),
        ("CREATE DATABASE IF NOT EXISTS `d`", "CREATE DATABASE IF NOT EXISTS `d` ON CLUSTER `c`"),
        ("INSERT INTO `d`.`otel_logs` SELECT 1", "INSERT INTO `d`.`otel_logs` SELECT 1"),
        ("SELECT 1", "SELECT 1"),
    ],
)
def test_changes(given: str, made: str) -> None:
    assert on_cluster(given, "c") == made
    assert on_cluster(given, None) == given


def test_what_is_not_known_is_refused() -> None:
    with pytest.raises(StoreSchemaError, match="RENAME"):
        on_cluster("RENAME TABLE a.b TO a.c", "c")


_ENGINE = """
import json, sys
import chdb
engine = chdb.connect(sys.argv[1])
engine.query("CREATE DATABASE otel")
said = []
for statement in json.load(sys.stdin):
    try:
        engine.query(statement)
        said.append("")
    except Exception as error:
        said.append(str(error))
json.dump(said, sys.stdout)
"""


def test_replicated_tables_lack_nothing_but_keeper(tmp_path: Path) -> None:
    # The engine reads macros, columns, keys and the arguments of engines before it asks Keeper.
    made = [s.replace(" ON CLUSTER `test`", "") for s in statements(CLUSTER) if "Replicated" in s]
    wrong = made[1].replace("{replica}", "{who}")
    path = f"{tmp_path / 'engine'}?config-file={CONFIG}"
    done = subprocess.run(
        [sys.executable, "-c", _ENGINE, path],
        input=json.dumps([*made, wrong]),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    *said, of_the_wrong_one = json.loads(done.stdout)
    assert len(said) >= 10
    assert [error for error in said if "NO_ZOOKEEPER" not in error] == []
    assert "No macro 'who'" in of_the_wrong_one
