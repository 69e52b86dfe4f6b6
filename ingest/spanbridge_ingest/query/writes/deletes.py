"""Traces, deleted by id or by age."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from spanbridge_ingest.query.errors import BadQueryError
from spanbridge_ingest.query.reading import Reader, ask, valid_trace_id
from spanbridge_ingest.query.writes.models import MAX_TRACES, Deletion, read
from spanbridge_ingest.store.editing import TraceEditor

_NS: Final = 1_000_000_000
_LAST_SECOND: Final = 2**32 - 1


def delete_traces(store: Reader, editor: TraceEditor, body: object) -> dict[str, Any]:
    """Delete the traces that ``body`` names; how many there were, under ``deleted``.

    Raises:
        BadQueryError: the body is malformed, or names traces by both id and time, or by neither.
    """
    asked = read(Deletion, body)
    if (asked.trace_ids is None) == (asked.before_unix_nano is None):
        raise BadQueryError(
            "which traces is not clear", "give either trace_ids or before_unix_nano"
        )
    if asked.before_unix_nano is not None:
        limit = MAX_TRACES if asked.limit is None else asked.limit
        before = asked.before_unix_nano
        return {"deleted": _delete_oldest(store, editor, before, limit, asked.experiment_id)}
    if asked.limit is not None:
        raise BadQueryError("limit goes with before_unix_nano", "leave it out")
    trace_ids = [valid_trace_id(trace_id) for trace_id in asked.trace_ids or ()]
    if asked.experiment_id is not None:
        trace_ids = _of_experiment(store, trace_ids, asked.experiment_id)
    return {"deleted": editor.delete_traces(trace_ids) if trace_ids else 0}


def _delete_oldest(
    store: Reader, editor: TraceEditor, before: int, limit: int, experiment: str | None
) -> int:
    """Delete the oldest traces. How many; fewer than ``limit`` if there are no more.

    What a deletion that was cut short has left is cleared on the way, and is no trace: however much
    it is, who is told 0 may take it that none is left.
    """
    deleted = 0
    cleared: list[str] = []
    while deleted < limit:
        found = _oldest(store, before, limit - deleted, experiment)
        # The same again would be cleared for ever, were the store to keep what it deletes.
        if not found or found == cleared:
            break
        deleted += editor.delete_traces(found)
        cleared = found
    return deleted


def _oldest(store: Reader, before: int, limit: int, experiment: str | None) -> list[str]:
    """The oldest traces that began before a time, at most ``limit``, oldest first."""
    found = ask(
        store,
        "oldest_traces",
        before=before,
        until=min(before // _NS, _LAST_SECOND),
        count=limit,
        experiment=experiment or "",
    )
    return [trace_id for (trace_id,) in found]


def _of_experiment(store: Reader, trace_ids: Sequence[str], experiment: str) -> list[str]:
    found = ask(store, "of_experiment", trace_ids=trace_ids, experiment=experiment)
    return [trace_id for (trace_id,) in found]
