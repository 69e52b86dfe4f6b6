"""What the spans of a store say that no rule reads."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from spanbridge_ingest.query.reading import Reader, ask
from spanbridge_semconv.known import is_read, looks_like_genai

MAX_KEYS: Final = 20_000
"""Different keys that are looked at, the most frequent first."""


class _KeyRow(NamedTuple):
    """The columns of ``sql/unmapped.sql``, in order."""

    key: str
    spans: int
    dialects: list[str]
    trace_id: str
    span_id: str


def unmapped_keys(store: Reader, since_ns: int, limit: int) -> list[dict[str, Any]]:
    """Attribute keys that look like GenAI and that nothing reads, the most frequent first.

    Numbers within keys are written ``{i}``. Only names of attributes are read and given back, no
    values. Each has ``key``, ``spans`` (how many have it), ``dialects`` (of those spans, ``""`` for
    spans that are no GenAI spans) and an example: ``trace_id`` and ``span_id`` of the latest span.

    Args:
        store: where to read.
        since_ns: spans that began then or later, nanoseconds since the epoch.
        limit: how many keys at most.
    """
    rows = [_KeyRow(*row) for row in ask(store, "unmapped", since=since_ns, limit=MAX_KEYS)]
    found = [
        row for row in rows if looks_like_genai(row.key) and not is_read(row.key, row.dialects)
    ]
    return [{**row._asdict(), "dialects": list(row.dialects)} for row in found[:limit]]
