"""The embedded engine: ClickHouse in this process, by chDB."""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlencode

import chdb
import clickhouse_connect
from clickhouse_connect.driver.client import Client

from spanbridge_ingest.errors import ConfigError, StoreUnavailableError
from spanbridge_ingest.store.engine import INSERT_HANDLES, QUERY_HANDLES, Pool, Settings
from spanbridge_ingest.store.failures import classify

_ENGINE_OPTIONS = {
    # Small machines run this beside the application: bound what the engine keeps in memory.
    "mark_cache_size": str(64 << 20),
    "uncompressed_cache_size": "0",
    "index_mark_cache_size": str(16 << 20),
}


def _literal(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


class EmbeddedEngine:
    """A chDB engine on a directory. One per process: chDB allows one engine path at a time."""

    embedded = True

    def __init__(self, directory: Path, database: str = "default") -> None:
        self.database = database
        self.directory = directory
        try:
            directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise ConfigError(
                f"cannot make the store directory {directory}: {error.strerror}"
            ) from error
        self._lock = _lock(directory)
        path = str(directory / "engine")
        try:
            self._inserters = Pool([self.connect() for _ in range(INSERT_HANDLES)])
            self._clients = Pool([self._client(path, readonly=True) for _ in range(QUERY_HANDLES)])
            self._writer = Pool([self._client(path, readonly=False)])
        except Exception as error:
            self._lock.close()
            raise StoreUnavailableError(f"cannot open the store in {directory}: {error}") from error

    def _client(self, path: str, *, readonly: bool) -> Client:
        client = clickhouse_connect.get_client(
            interface="chdb", path=path, database="default", chdb_options=_ENGINE_OPTIONS
        )
        if readonly:
            client.command("SET readonly = 1")
        return client

    def connect(self) -> Any:
        """Another handle on the engine, as chDB gives it: one statement at a time, not read-only.

        The caller closes it before this engine is closed.
        """
        return chdb.connect(_target(str(self.directory / "engine")))

    def command(self, sql: str, settings: Settings | None = None) -> None:
        """Run a statement that gives no rows."""
        with self._writer.use() as client:
            try:
                client.command(sql, settings=dict(settings or {}))
            except Exception as error:
                raise classify(error, "running a command") from error

    def query(
        self, sql: str, parameters: Mapping[str, object] | None = None
    ) -> list[tuple[object, ...]]:
        """Run a SELECT on a read-only handle."""
        with self._clients.use() as client:
            try:
                result = client.query(sql, parameters=dict(parameters or {}))
                return [tuple(row) for row in result.result_rows]
            except Exception as error:
                raise classify(error, "reading") from error

    def insert(
        self,
        table: str,
        fmt: str,
        chunks: Sequence[bytes],
        settings: Settings,
        columns: Sequence[str],
    ) -> None:
        """Stream ``chunks`` into an insert, without a copy on disk."""
        listed = ", ".join(f"`{c}`" for c in columns)
        clause = ", ".join(f"{name} = {_literal(value)}" for name, value in settings.items())
        sql = f"INSERT INTO {table} ({listed})" + (f" SETTINGS {clause}" if clause else "")
        with self._inserters.use() as connection:
            stream: Any = None
            try:
                stream = connection.send_insert(sql, fmt)
                for chunk in chunks:
                    stream.append(chunk)
                stream.finish()
            except Exception as error:
                if stream is not None:
                    _cancel(stream)
                raise classify(error, "inserting") from error

    def protobuf_settings(self, name: str, schema: str, message: str) -> dict[str, str]:
        """Keep the schema as a file in the store.

        With ``format_schema_source = 'string'`` the engine would write a cache of its own into the
        working directory of this process, which may be anywhere, and read-only.
        """
        file = self.directory / "format_schemas" / f"{name}.proto"
        if not file.exists():
            file.parent.mkdir(exist_ok=True)
            written = file.with_suffix(".tmp")
            written.write_text(schema, "utf-8")
            written.replace(file)
        return {
            "format_schema_source": "file",
            "format_schema": f"{file.absolute()}:{message}",
        }

    def close(self) -> None:
        """Close every handle and give the directory free."""
        for connection in self._inserters.drain():
            connection.close()
        for client in [*self._clients.drain(), *self._writer.drain()]:
            client.close()
        self._lock.close()


def _target(path: str) -> str:
    return f"{path}?{urlencode(_ENGINE_OPTIONS)}"


def _cancel(stream: Any) -> None:
    # The insert has failed already; this only frees what it holds.
    with contextlib.suppress(Exception):
        stream.cancel()


def _lock(directory: Path) -> IO[str]:
    """Hold the directory for this process; the lock goes with the process, however it ends."""
    try:
        handle = (directory / "lock").open("a+", encoding="utf-8")
    except OSError as error:
        raise ConfigError(
            f"cannot write in the store directory {directory}: {error.strerror}"
        ) from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        handle.close()
        raise ConfigError(
            f"the store in {directory} is in use by another process; "
            "stop it, or read through its HTTP API"
        ) from error
    return handle
