"""A request between its acceptance and its answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from spanbridge_ingest.errors import RequestError
from spanbridge_ingest.store.base import Signal

Rejected = Mapping[str, int]
"""``{reason: records}`` that the store put aside instead of storing; empty when all is stored."""


@dataclass(frozen=True, slots=True)
class Stored:
    """The request is durable."""

    rejected: Rejected


@dataclass(frozen=True, slots=True)
class Refused:
    """The request is not stored.

    Every waiter raises an error of its own: a shared one would collect the tracebacks of all.
    """

    make_error: Callable[[], RequestError]


Outcome = Stored | Refused

OnStored = Callable[[Signal, bytes, tuple[tuple[str, str], ...]], None]
"""Told of each request, once, when it is durable and answered: signal, payload, facts about it.
Runs on the event loop: it must neither block nor raise."""


class GroupKey(NamedTuple):
    """What the requests of a batch have in common."""

    signal: Signal
    request_attributes: tuple[tuple[str, str], ...]
    """Sorted, so that equal facts are equal keys."""


@dataclass(eq=False, slots=True)
class Entry:
    """One accepted request."""

    key: GroupKey
    payload: bytes
    resource_count: int
    request_hash: bytes
    accepted_at: float
    """Monotonic seconds."""
    outcome: asyncio.Future[Outcome]
    """Set exactly once."""
