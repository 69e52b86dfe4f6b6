"""What an operator can set about the front, and its limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class FrontOptions:
    """Options of the front.

    Args:
        readonly: users may only read. Off, the front is a ClickHouse to write to and may reach
            files and networks as the engine can: for tests.
        users: passwords by name; empty lets everyone in.
        allowed_hosts: names the front may be addressed by when everyone is let in, besides
            ``localhost`` and IP addresses. A web page cannot use any of these to read through a
            browser of this machine, but it could use a name of its own.
        database: the database of queries that name none.
        max_queries: queries at once; further ones wait.
        max_wait_s: how long a query waits for its turn.
        max_execution_s: time of one query.
        max_memory_bytes: memory of one query in the engine.
        max_buffered_bytes: size of a result that has to be whole before it is sent (JSON, Parquet).
        max_streamed_bytes: size of a result that is sent while it is made.
        max_request_bytes: size of a request, also after it is decompressed.
    """

    readonly: bool = True
    users: Mapping[str, str] = field(default_factory=dict)
    allowed_hosts: frozenset[str] = frozenset()
    database: str = "default"
    max_queries: int = 4
    max_wait_s: float = 10.0
    max_execution_s: int = 60
    max_memory_bytes: int = 1024 * _MIB
    max_buffered_bytes: int = 128 * _MIB
    max_streamed_bytes: int = 16 * 1024 * _MIB
    max_request_bytes: int = 64 * _MIB
