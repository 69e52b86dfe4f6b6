"""The store: a ClickHouse in this process or on a server, behind one port."""

from __future__ import annotations

from pathlib import Path

from spanbridge_ingest.errors import ConfigError
from spanbridge_ingest.store.base import Batch, Signal, Store, WriteReport
from spanbridge_ingest.store.clickhouse import ClickHouseStore
from spanbridge_ingest.store.engine import Engine

__all__ = [
    "Batch",
    "ClickHouseStore",
    "Signal",
    "Store",
    "WriteReport",
    "open_engine",
    "open_store",
]


WRITERS = 2
"""Batches that may be written at once."""


def open_engine(
    *,
    directory: Path | None = None,
    url: str | None = None,
    cluster: str | None = None,
    writers: int = WRITERS,
) -> Engine:
    """Open the embedded engine on ``directory``, or connect to the server at ``url``.

    Args:
        directory: of the embedded store.
        url: of a server.
        cluster: which of the server's clusters the tables are on, if they are on one.
        writers: batches that may be written at once.

    Raises:
        ConfigError: both or neither are given, the URL is malformed, or the directory is in use.
        StoreUnavailableError: the engine does not start or the server does not answer.
    """
    if (directory is None) == (url is None):
        raise ConfigError("give either a store directory or a ClickHouse URL")
    if url is not None:
        from spanbridge_ingest.store.remote import RemoteEngine

        return RemoteEngine(url, writers, cluster)
    # Imported here: loading the engine takes time and memory that a remote store does not need.
    from spanbridge_ingest.store.embedded import EmbeddedEngine

    assert directory is not None
    return EmbeddedEngine(directory, writers)


def open_store(
    *,
    directory: Path | None = None,
    url: str | None = None,
    cluster: str | None = None,
    retention_days: int = 0,
    writers: int = WRITERS,
) -> ClickHouseStore:
    """Open a store and bring its schema to this release."""
    from spanbridge_ingest.store.migrate import apply
    from spanbridge_ingest.store.schema import SchemaOptions

    engine = open_engine(directory=directory, url=url, cluster=cluster, writers=writers)
    try:
        options = SchemaOptions(
            engine.database, retention_days, deduplicate=not engine.embedded, cluster=cluster
        )
        apply(engine, options)
    except BaseException:
        engine.close()
        raise
    return ClickHouseStore(engine, engine.database)
