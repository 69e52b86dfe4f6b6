"""A session: the traces of one conversation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from spanbridge.entities.trace import Trace
from spanbridge.entities.usage import usage_of

Load = Callable[[Sequence[str]], list[Trace]]
"""Reads the traces of these ids."""


class Session:
    """The traces of one conversation. They are read when they are first asked for.

    Attributes:
        id: what the application calls it.
        user_id: whom it was with; None if that was not recorded.
        start_time_ns: when its first trace began, in nanoseconds since the epoch.
        end_time_ns: when its last trace ended.
        trace_ids: the ids of its traces, in order of their start.
        token_usage: the token counts of all traces, by MLflow's keys; None if none were recorded.
        cost: ``total_cost`` of all traces in US dollars, as far as prices are known; else None.
    """

    __slots__ = (
        *("_load", "_traces", "cost", "end_time_ns", "id", "start_time_ns"),
        *("token_usage", "trace_ids", "user_id"),
    )

    def __init__(self, document: Mapping[str, Any], load: Load) -> None:
        """A session as the service tells of it.

        Raises:
            KeyError, TypeError: the document tells of no session.
        """
        self.id: str = document["session_id"]
        self.user_id: str | None = document["user_id"] or None
        self.start_time_ns: int = document["start_time_unix_nano"]
        self.end_time_ns: int = document["end_time_unix_nano"]
        self.trace_ids: tuple[str, ...] = tuple(document["trace_ids"])
        self.token_usage = usage_of(document["usage"])
        cost = document["cost_usd"]
        self.cost: dict[str, float] | None = None if cost is None else {"total_cost": cost}
        self._load = load
        self._traces: list[Trace] | None = None

    @property
    def traces(self) -> list[Trace]:
        """Its traces, in order of their start."""
        if self._traces is None:
            found = self._load(self.trace_ids)
            self._traces = sorted(found, key=lambda trace: trace.info.start_time_ns)
        return self._traces

    def __iter__(self) -> Iterator[Trace]:
        return iter(self.traces)

    def __len__(self) -> int:
        return len(self.trace_ids)

    def __getitem__(self, position: int) -> Trace:
        return self.traces[position]

    def __repr__(self) -> str:
        return f"Session(id={self.id!r}, traces={len(self)}, user_id={self.user_id!r})"
