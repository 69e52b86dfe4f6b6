"""The embedded engine: ClickHouse in this process, by chDB."""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlencode

import chdb
import clickhouse_connect
from clickhouse_connect.driver.client import Client

from spanbridge_ingest.errors import ConfigError, StoreUnavailableError
from spanbridge_ingest.store.engine import Engine, Pool, Settings
from spanbridge_ingest.store.failures import classify_insert

_ENGINE_OPTIONS = {
    # Small machines run this beside the application: bound what the engine keeps in memory.
    "mark_cache_size": str(64 << 20),
    "uncompressed_cache_size": "0",
    "index_mark_cache_size": str(16 << 20),
}
_CHDB_RESERVED = frozenset("?&#:%")
"""Characters with a meaning in chDB's connection string, or in ``format_schema``."""


def _literal(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


class EmbeddedEngine(Engine):
    """A chDB engine on a directory. One per process: chDB allows one engine path at a time."""

    embedded = True
    database = "default"
    _ours = "1"

    def __init__(self, directory: Path, writers: int) -> None:
        """``writers`` is how many inserts may run at once."""
        self.directory = directory.absolute()
        if reserved := _CHDB_RESERVED & set(str(self.directory)):
            raise ConfigError(
                f"the store directory {self.directory} has {' '.join(sorted(reserved))} in its "
                "path, which the embedded engine cannot open; choose another one"
            )
        try:
            self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise ConfigError(
                f"cannot make the store directory {directory}: {error.strerror}"
            ) from error
        self._lock = _lock(self.directory)
        try:
            self._inserters = Pool([self.connect() for _ in range(writers)])
            super().__init__(self._client)
        except Exception as error:
            self._lock.close()
            raise StoreUnavailableError(f"cannot open the store in {directory}: {error}") from error

    @property
    def _path(self) -> str:
        return str(self.directory / "engine")

    def _client(self, readonly: bool) -> Client:
        client = clickhouse_connect.get_client(
            interface="chdb", path=self._path, database="default", chdb_options=_ENGINE_OPTIONS
        )
        if readonly:
            # 2, not 1: limits such as max_execution_time may still be set per query.
            client.command("SET readonly = 2")
        return client

    def connect(self) -> Any:
        """Another handle on the engine, as chDB gives it: one statement at a time, not read-only.

        The caller closes it before this engine is closed.
        """
        return chdb.connect(f"{self._path}?{urlencode(_ENGINE_OPTIONS)}")

    def insert(
        self,
        table: str,
        fmt: str,
        chunks: Sequence[bytes],
        settings: Settings,
        columns: Sequence[str],
    ) -> None:
        """Insert from a file in memory.

        Not by chDB's insert stream (``send_insert``): it reports what fails after parsing (a part
        that cannot be written, a constraint, memory) as success.
        """
        listed = ", ".join(f"`{c}`" for c in columns)
        clause = ", ".join(f"{name} = {_literal(value)}" for name, value in settings.items())
        with self._inserters.use() as connection:
            try:
                with _in_memory(chunks, self.directory) as file:
                    connection.query(
                        f"INSERT INTO {table} ({listed}) FROM INFILE {_literal(file)}"
                        f"{' SETTINGS ' + clause if clause else ''} FORMAT {fmt}"
                    )
            except Exception as error:
                raise classify_insert(error) from error

    def protobuf_settings(self, name: str, schema: str, message: str) -> dict[str, str]:
        """Keep the schema as a file in the store.

        With ``format_schema_source = 'string'`` the engine would write a cache of its own into the
        working directory of this process, which may be anywhere, and read-only.
        """
        file = self.directory / "format_schemas" / f"{name}.proto"
        try:
            if not file.exists() or file.read_text("utf-8") != schema:
                _write_whole(file, schema)
        except OSError as error:
            raise StoreUnavailableError(
                f"cannot write {file}: {error.strerror}; the store needs its directory"
            ) from error
        return {"format_schema_source": "file", "format_schema": f"{file}:{message}"}

    def close(self) -> None:
        """Cancel what runs, close every handle and give the directory free.

        A directory whose engine is not idle is held until the end of the process.
        """
        # Also what handles of others (:meth:`connect`) ask.
        self._cancel()
        super().close()
        if self.idle:
            self._lock.close()


@contextlib.contextmanager
def _in_memory(chunks: Sequence[bytes], directory: Path) -> Iterator[str]:
    """The path of a file that holds ``chunks``, in memory where the system can do that."""
    if hasattr(os, "memfd_create"):
        with os.fdopen(os.memfd_create("spanbridge"), "wb", buffering=0) as file:
            _write_all(file, chunks)
            yield f"/proc/self/fd/{file.fileno()}"
        return
    with tempfile.NamedTemporaryFile(dir=directory, prefix="insert-", buffering=0) as spool:
        _write_all(spool, chunks)
        yield spool.name


def _write_all(file: Any, chunks: Sequence[bytes]) -> None:
    for chunk in chunks:
        view = memoryview(chunk)
        while view:
            view = view[file.write(view) :]


def _write_whole(file: Path, text: str) -> None:
    """Write a file so that nobody ever sees half of it."""
    file.parent.mkdir(exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=file.parent)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    Path(temporary).replace(file)


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
