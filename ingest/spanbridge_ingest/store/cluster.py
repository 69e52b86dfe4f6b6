"""The schema on a cluster: the statements for one server, with the differences named here.

The rows of a trace are on one shard. A table ``otel_traces`` of one server becomes

* ``otel_traces_local`` on every node, replicated within the shard, and
* ``otel_traces``, a ``Distributed`` table over it under the name that everybody reads and writes.

Tables that belong to no trace and no batch (prices, migrations) are small: they are replicated to
every node whole and keep their name. Landing tables and views are the same on every node:
whichever node a request reaches decodes it, and its rows go to their shards from there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from typing import Final

from spanbridge_ingest.errors import StoreSchemaError
from spanbridge_ingest.store.names import identifier, qualified

SESSION: Final[Mapping[str, str]] = {
    # What is acknowledged is on its shards, not in a queue on the node that took it.
    "distributed_foreground_insert": "1",
    # Subqueries and joins see all shards: what belongs together may be said in different traces.
    "distributed_product_mode": "global",
    # What one has written the next has to find: both ask the same replica as long as it lives ...
    "load_balancing": "in_order",
    "prefer_localhost_replica": "0",
    # ... and rather nobody than one that is behind, or without a shard: a batch that is not seen in
    # the commit log would be deleted.
    "max_replica_delay_for_distributed_queries": "60",
    "fallback_to_stale_replicas_for_distributed_queries": "0",
    "skip_unavailable_shards": "0",
    # Sooner than this client gives the server up.
    "distributed_ddl_task_timeout": "45",
    "distributed_ddl_output_mode": "throw",
}
"""Settings of everything the service asks of a cluster."""

_LOCAL: Final = "_local"
_SHARD_PATH: Final = "'/clickhouse/tables/{shard}/{database}/{table}', '{replica}'"
_CLUSTER_PATH: Final = "'/clickhouse/tables/all/{database}/{table}', '{shard}-{replica}'"

_SHARDING: Final = (
    # Log records outside of any trace would all be on one shard.
    ("`Body`", "cityHash64(if(TraceId = '', toString(Timestamp), TraceId))"),
    ("`TraceId`", "cityHash64(TraceId)"),
    ("`BatchId`", "BatchId"),
)
"""The first column that a table has decides how its rows are spread."""

_NAME: Final = r"`?(?P<database>\w+)`?\.`?(?P<name>\w+)`?"
_CREATE_TABLE: Final = re.compile(rf"CREATE TABLE IF NOT EXISTS {_NAME}")
_HEADS: Final = {
    "table": _CREATE_TABLE,
    "rows": re.compile(rf"(?:ALTER TABLE|DELETE FROM) {_NAME}"),
    "materialized": re.compile(rf"CREATE MATERIALIZED VIEW IF NOT EXISTS {_NAME}"),
    "view": re.compile(rf"CREATE OR REPLACE VIEW {_NAME}"),
    "database": re.compile(r"CREATE DATABASE IF NOT EXISTS `?(?P<database>\w+)`?"),
}
_CHANGES: Final = re.compile(r"(?:CREATE|ALTER|DELETE|DROP|TRUNCATE|RENAME|EXCHANGE|OPTIMIZE)\b")
_PLACED: Final = re.compile(r"CREATE OR REPLACE TABLE \S+ ON CLUSTER ")
_ENGINE: Final = re.compile(r"ENGINE = (\w*MergeTree)(?:\(([^()]*)\))?(?=\n|$)")


@cache
def sharded_tables() -> Mapping[str, str]:
    """The tables whose rows are spread over the shards: name -> sharding key."""
    found: dict[str, str] = {}
    folder = files("spanbridge_ingest.store") / "sql"
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if not entry.name.endswith(".sql"):
            continue
        text = entry.read_text("utf-8").replace("$database", "database")
        if head := _CREATE_TABLE.match(text):
            keys = [key for column, key in _SHARDING if f"\n    {column} " in text]
            if keys:
                found[head["name"]] = keys[0]
    return found


def stored_name(table: str, cluster: str | None) -> str:
    """The table that has the rows of ``table`` on a node."""
    return table + _LOCAL if cluster is not None and table in sharded_tables() else table


def on_cluster(statement: str, cluster: str | None) -> str:
    """A statement for one server as it is on ``cluster``; unchanged without one.

    What changes neither tables nor views is the same on both.

    Raises:
        StoreSchemaError: it changes something in a way that has no counterpart here.
    """
    if cluster is None or not _CHANGES.match(statement) or _PLACED.match(statement):
        return statement
    for kind, pattern in _HEADS.items():
        if head := pattern.match(statement):
            return _REWRITERS[kind](statement, head, f" ON CLUSTER `{identifier(cluster)}`")
    raise StoreSchemaError(f"this statement is not known on a cluster: {statement[:60]!r}")


def distributed_table(database: str, table: str, cluster: str) -> str:
    """The statement that makes, or makes anew, the ``Distributed`` table of a sharded one."""
    where = f"'{identifier(cluster)}', '{identifier(database)}', '{stored_name(table, cluster)}'"
    return (
        f"CREATE OR REPLACE TABLE {qualified(database, table)} ON CLUSTER `{cluster}` "
        f"AS {qualified(database, stored_name(table, cluster))} "
        f"ENGINE = Distributed({where}, {sharded_tables()[table]})"
    )


def _table(statement: str, head: re.Match[str], on: str) -> str:
    engine = _ENGINE.search(statement)
    if engine is None:
        return _placed(statement, head, head["name"], on)
    sharded = head["name"] in sharded_tables()
    path = _SHARD_PATH if sharded else _CLUSTER_PATH
    arguments = ", ".join(filter(None, (path, engine[2])))
    replicated = f"ENGINE = Replicated{engine[1]}({arguments})"
    statement = statement[: engine.start()] + replicated + statement[engine.end() :]
    return _placed(statement, head, head["name"] + (_LOCAL if sharded else ""), on)


def _rows(statement: str, head: re.Match[str], on: str) -> str:
    name = head["name"]
    if name in sharded_tables():
        return _placed(statement, head, name + _LOCAL, on)
    # The log of a table that is replicated to every node takes the change there by itself.
    return statement if name in _tables() else _placed(statement, head, name, on)


def _view(statement: str, head: re.Match[str], on: str) -> str:
    return _placed(statement, head, head["name"], on)


def _materialized(statement: str, head: re.Match[str], on: str) -> str:
    placed = _placed(statement, head, head["name"], on)
    source = re.search(rf"\bFROM {_NAME}", statement)
    if source is None or source["name"] not in sharded_tables():
        return placed
    # It sees what is inserted into the shard's table, and what it makes stays on the shard.
    return re.sub(
        rf"`{head['database']}`\.`({'|'.join(sharded_tables())})`",
        lambda match: f"`{head['database']}`.`{match[1]}{_LOCAL}`",
        placed,
    )


def _database(statement: str, head: re.Match[str], on: str) -> str:
    return statement[: head.end()] + on + statement[head.end() :]


def _placed(statement: str, head: re.Match[str], name: str, on: str) -> str:
    """The statement with another name in its head, and where it is to be run behind that."""
    begin = statement[: head.start("database")].rstrip("`")
    return f"{begin}{qualified(head['database'], name)}{on}{statement[head.end() :]}"


@cache
def _tables() -> frozenset[str]:
    folder = files("spanbridge_ingest.store") / "sql"
    texts = (
        entry.read_text("utf-8").replace("$database", "database")
        for entry in folder.iterdir()
        if entry.name.endswith(".sql")
    )
    return frozenset(head["name"] for head in map(_CREATE_TABLE.match, texts) if head)


_REWRITERS: Final[Mapping[str, Callable[[str, re.Match[str], str], str]]] = {
    "table": _table,
    "rows": _rows,
    "materialized": _materialized,
    "view": _view,
    "database": _database,
}
