"""The two ways to reach a ClickHouse: in this process (chDB) or over HTTP.

Both run through clickhouse-connect, so that everything but inserting requests is one code path.
Requests are inserted by the shortest way each engine has: a chDB insert stream (clickhouse-connect
would write a temporary file), or an HTTP body.
"""

from __future__ import annotations

import contextlib
import queue
from collections.abc import Iterator, Mapping, Sequence
from typing import Generic, Protocol, TypeVar

from spanbridge_ingest.errors import StoreUnavailableError

Settings = Mapping[str, str]

QUERY_HANDLES = 4
"""Readers at once; the fifth waits for one of them."""

INSERT_HANDLES = 2
"""Batches written at once on the embedded engine."""

_HANDLE_WAIT_S = 30.0


class Engine(Protocol):
    """A ClickHouse. Methods block, may be called from any thread, and raise only StoreError."""

    database: str
    embedded: bool

    def command(self, sql: str, settings: Settings | None = None) -> None:
        """Run a statement that gives no rows."""

    def query(
        self, sql: str, parameters: Mapping[str, object] | None = None
    ) -> list[tuple[object, ...]]:
        """Run a SELECT, read-only, with bound ``{name:Type}`` parameters."""

    def insert(
        self,
        table: str,
        fmt: str,
        chunks: Sequence[bytes],
        settings: Settings,
        columns: Sequence[str],
    ) -> None:
        """Insert ``chunks``, which together are one document in the format ``fmt``."""

    def protobuf_settings(self, name: str, schema: str, message: str) -> dict[str, str]:
        """Settings of an insert that parse ``message`` of the protobuf ``schema``.

        ``name`` identifies the schema text and may become a file name.
        """

    def close(self) -> None:
        """Release the engine or the connections."""


T = TypeVar("T")


class Pool(Generic[T]):
    """A few handles, each used by one thread at a time."""

    def __init__(self, handles: Sequence[T]) -> None:
        self._all = list(handles)
        self._free: queue.LifoQueue[T] = queue.LifoQueue()
        for handle in handles:
            self._free.put(handle)

    @contextlib.contextmanager
    def use(self) -> Iterator[T]:
        """A handle for this thread alone, for the length of a ``with`` block."""
        try:
            handle = self._free.get(timeout=_HANDLE_WAIT_S)
        except queue.Empty:
            raise StoreUnavailableError(
                f"all {len(self._all)} connections to the store were busy "
                f"for {_HANDLE_WAIT_S:.0f} s"
            ) from None
        try:
            yield handle
        finally:
            self._free.put(handle)

    def drain(self) -> list[T]:
        """Every handle, after waiting for those in use."""
        return [self._free.get(timeout=_HANDLE_WAIT_S) for _ in self._all]
