"""What the two engines share: ClickHouse in this process (chDB), and a server over HTTP.

Both run through clickhouse-connect, so that everything but inserting requests is one code path.
Requests are inserted by the shortest way each engine has.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Generic, TypeVar

from clickhouse_connect.driver.client import Client

from spanbridge_ingest.errors import StoreError, StoreUnavailableError
from spanbridge_ingest.store.cluster import on_cluster
from spanbridge_ingest.store.failures import classify

_log = logging.getLogger(__name__)

Settings = Mapping[str, str]
Row = tuple[object, ...]

QUERY_HANDLES = 4
"""Readers at once; the fifth waits for one of them."""

CONTROL_HANDLES = 2
"""Handles of the commit path for all but inserts: slow readers never keep it waiting."""

EDIT_HANDLES = 2
"""Handles for deletions, which may take seconds: they keep nobody waiting but each other."""

_HANDLE_WAIT_S = 30.0
_CANCELLED_WAIT_S = 1.5
"""A statement that is analysed looks only afterwards whether it is cancelled: so long it gets."""
_CANCEL_EVERY_S = 0.1

T = TypeVar("T")


class Pool(Generic[T]):
    """A few handles, each used by one thread at a time."""

    def __init__(self, handles: Sequence[T]) -> None:
        self._free = list(handles)
        self._size = len(handles)
        self._used = 0
        self._shut = False
        self._changed = threading.Condition()

    @contextlib.contextmanager
    def use(self) -> Iterator[T]:
        """A handle for this thread alone, for the length of a ``with`` block."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._free or self._shut, _HANDLE_WAIT_S):
                raise StoreUnavailableError(
                    f"all {self._size} connections to the store were busy "
                    f"for {_HANDLE_WAIT_S:.0f} s"
                )
            if self._shut:
                raise StoreUnavailableError("the store is being closed")
            handle = self._free.pop()
            self._used += 1
        try:
            yield handle
        finally:
            with self._changed:
                self._free.append(handle)
                self._used -= 1
                self._changed.notify()

    @property
    def busy(self) -> bool:
        """Whether a handle is in use."""
        return self._used > 0

    def shut(self) -> None:
        """Give out no handle any more; who waits for one is told."""
        with self._changed:
            self._shut = True
            self._changed.notify_all()

    def close(self, close_one: Callable[[T], None]) -> None:
        """Close the handles that are not in use."""
        with self._changed:
            handles, self._free = self._free, []
        for handle in handles:
            with contextlib.suppress(Exception):
                close_one(handle)


class Engine(ABC):
    """A ClickHouse. Methods block, may be called from any thread, and raise only StoreError."""

    embedded: bool
    database: str
    cluster: str | None = None
    """The cluster whose tables these are, if it is one."""

    _inserters: Pool[Any]
    _ours: str
    """The condition on ``system.processes`` that holds for statements of this engine."""

    def __init__(self, connect: Callable[[bool], Client]) -> None:
        """``connect`` opens a client, read-only if asked to."""
        self._readers = Pool([connect(True) for _ in range(QUERY_HANDLES)])
        self._control = Pool([connect(False) for _ in range(CONTROL_HANDLES)])
        self._editors = Pool([connect(False) for _ in range(EDIT_HANDLES)])
        self._canceller = Pool([connect(False)])

    def command(self, sql: str, settings: Settings | None = None) -> None:
        """Run a statement of the commit path that gives no rows; on all nodes of a cluster."""
        _run(self._control, on_cluster(sql, self.cluster), {}, settings or {})

    def edit(self, sql: str, parameters: Mapping[str, object], settings: Settings) -> None:
        """Run a statement that gives no rows, with bound ``{name:Type}`` parameters; as above."""
        _run(self._editors, on_cluster(sql, self.cluster), parameters, settings)

    def control(self, sql: str, parameters: Mapping[str, object] | None = None) -> list[Row]:
        """Run a short SELECT of the commit path."""
        return _select(self._control, sql, parameters)

    def query(self, sql: str, parameters: Mapping[str, object] | None = None) -> list[Row]:
        """Run a SELECT, read-only, with bound ``{name:Type}`` parameters."""
        return _select(self._readers, sql, parameters)

    @abstractmethod
    def insert(
        self,
        table: str,
        fmt: str,
        chunks: Sequence[bytes],
        settings: Settings,
        columns: Sequence[str],
    ) -> None:
        """Insert ``chunks``, which together are one document in the format ``fmt``.

        Returns when the rows are stored. Raises StoreDataError if the data is at fault.
        """

    @abstractmethod
    def protobuf_settings(self, name: str, schema: str, message: str) -> dict[str, str]:
        """Settings of an insert that parse ``message`` of the protobuf ``schema``.

        ``name`` identifies the schema text and may become a file name.
        """

    @property
    def idle(self) -> bool:
        """Whether no statement runs."""
        return not any(pool.busy for pool in self._pools)

    def close(self) -> None:
        """Cancel what still runs and release the engine or the connections.

        Whatever is cancelled has failed, as if this process had been killed. If it does not take
        notice in time the engine is not :attr:`idle`, and its handle goes with the process.
        """
        for pool in self._pools:
            pool.shut()
        until = time.monotonic() + _CANCELLED_WAIT_S
        # Again and again: a thread may have had its handle before and use it only now.
        while not self.idle and self._cancel() and time.monotonic() < until:
            time.sleep(_CANCEL_EVERY_S)
        for pool in (*self._pools, self._canceller):
            pool.close(lambda handle: handle.close())

    @property
    def _pools(self) -> tuple[Pool[Any], ...]:
        return self._inserters, self._readers, self._control, self._editors

    def _cancel(self) -> bool:
        """Tell every statement of this engine to give up; whether that could be told."""
        try:
            _run(self._canceller, f"KILL QUERY WHERE {self._ours} ASYNC", {}, {})
        except StoreError as error:
            _log.warning("what the store is still asked goes on: %s", error)
            return False
        return True


def _run(
    pool: Pool[Client], sql: str, parameters: Mapping[str, object], settings: Settings
) -> None:
    with pool.use() as client:
        try:
            client.command(sql, parameters=dict(parameters), settings=dict(settings))
        except Exception as error:
            raise classify(error, "running a command") from error


def _select(pool: Pool[Client], sql: str, parameters: Mapping[str, object] | None) -> list[Row]:
    with pool.use() as client:
        try:
            result = client.query(sql, parameters=dict(parameters or {}))
            return [tuple(row) for row in result.result_rows]
        except Exception as error:
            raise classify(error, "reading") from error
