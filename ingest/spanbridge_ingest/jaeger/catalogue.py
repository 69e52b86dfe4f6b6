"""What there is to be searched: services, their operations, and who calls whom.

Blocking; safe to call from any thread.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from spanbridge_ingest.jaeger.asking import ask
from spanbridge_ingest.jaeger.conditions import Bound
from spanbridge_ingest.jaeger.question import LAST_NS, shown_service, stored_service
from spanbridge_ingest.query.reading import Reader
from spanbridge_ingest.query.rows import SPAN_KINDS

MAX_NAMES: Final = 10_000
"""Services, operations or dependencies in one answer."""


class Operation(NamedTuple):
    """The name of a span, and its kind in lower case, '' for none."""

    name: str
    kind: str


class Dependency(NamedTuple):
    """How often spans of one service were parents of spans of another."""

    parent: str
    child: str
    calls: int


def services(store: Reader) -> list[str]:
    """The names of services, in order."""
    found = ask(store, "services", limit=MAX_NAMES)
    return sorted(shown_service(name) for (name,) in found)


def operations(store: Reader, service: str, kind: str = "") -> list[Operation]:
    """The operations of a service ('' is any), of one kind of span or of all, in order."""
    bound, conditions = Bound(), ["true"]
    if service:
        conditions.append(f"ServiceName = {bound.text(stored_service(service))}")
    if kind:
        word = kind.capitalize()
        if word not in SPAN_KINDS:
            return []
        conditions.append(f"SpanKind = {bound.text(word)}")
    found = ask(store, "operations", " AND ".join(conditions), limit=MAX_NAMES, **bound.values)
    return [Operation(name, _word(stored)) for name, stored in found]


def dependencies(store: Reader, start: int | None, end: int | None) -> list[Dependency]:
    """Who called whom in spans that began in ``start <= t < end`` (ns), the most frequent first."""
    since, until = max(start or 0, 0), min(LAST_NS if end is None else end, LAST_NS)
    if until <= since:
        return []
    found = ask(store, "dependencies", since=since, until=until, limit=MAX_NAMES)
    return [
        Dependency(shown_service(parent), shown_service(child), calls)
        for parent, child, calls in found
    ]


def _word(kind: str) -> str:
    return "" if kind == SPAN_KINDS[0] else kind.lower()
