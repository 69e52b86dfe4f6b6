"""From settings to the parts they configure."""

from __future__ import annotations

from contextlib import closing

from spanbridge_ingest.commit.limits import CommitLimits
from spanbridge_ingest.errors import ConfigError
from spanbridge_ingest.forward.options import ForwardLimits, ForwardOptions
from spanbridge_ingest.prices.refresh import fill
from spanbridge_ingest.receive.intake import IntakeLimits
from spanbridge_ingest.receive.request_attributes import EXPERIMENT_ATTRIBUTE, EXPERIMENT_HEADER
from spanbridge_ingest.receive.server import ReceiverOptions
from spanbridge_ingest.settings import Settings, describe_name
from spanbridge_ingest.store import ClickHouseStore, open_engine, open_store
from spanbridge_ingest.store.engine import Engine
from spanbridge_ingest.store.schema import SchemaOptions

_RECEIVER_SHARE = 0.8
"""Of a stop's deadline: how long requests under way may take. The rest is for the last writes."""

_SETTLE_TIMES = 5
"""How many times the settling time spans of a trace wait at most while others keep arriving."""

_RECEIVING_BYTES = IntakeLimits().receiving_bytes


def commit_limits(settings: Settings) -> CommitLimits:
    """The limits of the commit path."""
    return CommitLimits(
        batch_bytes=settings.batch_bytes,
        linger_s=settings.linger_ms / 1000,
        slots=settings.commit_threads,
        queue_bytes=settings.queue_bytes,
        retry_window_s=settings.dedupe_window_s,
    )


def receiver_options(settings: Settings) -> ReceiverOptions:
    """Where the receiver listens, and its limits."""
    receiving_bytes = 2 * settings.max_request_bytes
    return ReceiverOptions(
        grpc=settings.grpc,
        http=settings.http,
        intake=IntakeLimits(settings.max_request_bytes, max(receiving_bytes, _RECEIVING_BYTES)),
        stop_deadline_s=settings.shutdown_deadline_s * _RECEIVER_SHARE,
    )


def forward_options(settings: Settings) -> ForwardOptions | None:
    """Where stored requests are passed on to, if anywhere."""
    if settings.forward is None:
        return None
    limits = ForwardLimits(
        queue_bytes=settings.forward_queue_bytes,
        settle_s=settings.forward_settle_s,
        settle_most_s=_SETTLE_TIMES * settings.forward_settle_s,
        retry_s=settings.forward_retry_s,
        flush_s=settings.forward_flush_s,
    )
    return ForwardOptions(
        destination=settings.forward,
        dialect=settings.forward_dialect,
        headers=settings.forward_header,
        fact_headers={EXPERIMENT_ATTRIBUTE: EXPERIMENT_HEADER},
        limits=limits,
        log_level=settings.log_level,
    )


def schema_options(settings: Settings) -> SchemaOptions:
    """How the schema is laid out."""
    database = settings.clickhouse.database if settings.clickhouse else "default"
    remote = settings.clickhouse is not None
    return SchemaOptions(
        database, settings.retention_days, deduplicate=remote, cluster=settings.cluster
    )


def _url(settings: Settings) -> str | None:
    if settings.clickhouse is not None:
        return settings.clickhouse.with_password
    if settings.cluster is not None:
        raise ConfigError(
            f"{describe_name('cluster')} names a cluster of a ClickHouse server: "
            f"say which server with {describe_name('clickhouse')}."
        )
    return None


def require_remote_store(settings: Settings) -> None:
    """Look whether the database the settings name has a store; who only reads makes none.

    Raises:
        ConfigError: it has none, or the URL is malformed.
        StoreError: the server does not answer.
    """
    with closing(open_engine(url=_url(settings), cluster=settings.cluster, writers=1)) as engine:
        found = engine.query(
            "SELECT 1 FROM system.tables "
            "WHERE database = {database:String} AND name = 'schema_version'",
            {"database": engine.database},
        )
        database = engine.database
    if not found:
        raise ConfigError(
            f"There is no store in the database {database} of this ClickHouse server. "
            "`spanbridge serve` or `spanbridge schema apply` makes it; the path of --clickhouse "
            "names another database."
        )


def open_settings_store(settings: Settings) -> ClickHouseStore:
    """Open the store the settings name, with its schema and prices brought up to date.

    Raises:
        ConfigError: the directory is in use or cannot be made, or a cluster has no server.
        StoreError: the engine does not start, the server does not answer or is too old.
    """
    url = _url(settings)
    store = open_store(
        directory=None if url else settings.store,
        url=url,
        cluster=settings.cluster,
        retention_days=settings.retention_days,
        writers=settings.commit_threads,
    )
    try:
        fill(store)
    except BaseException:
        store.close()
        raise
    return store


def open_settings_engine(settings: Settings) -> Engine:
    """Open the engine of that store and leave its schema as it is; errors as above."""
    url = _url(settings)
    if url is not None:
        return open_engine(url=url, cluster=settings.cluster)
    return open_engine(directory=settings.store)
