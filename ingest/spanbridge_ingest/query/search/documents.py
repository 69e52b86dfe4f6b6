"""The traces of a page as documents."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import orjson

from spanbridge_ingest.query.reading import Reader, ask
from spanbridge_ingest.query.schema import TraceDocument
from spanbridge_ingest.query.search.question import Question
from spanbridge_ingest.query.search.run import find
from spanbridge_ingest.query.traces import MAX_TRACE_SPANS, trace_documents, trace_summaries

MAX_PAGE_BYTES: Final = 64 << 20
"""A page with more JSON ends early; the next one goes on behind it."""

_SPANS_AT_ONCE: Final = 2000
_FIELDS: Final = tuple(name for name in TraceDocument.model_fields if name != "spans")


def search_traces(store: Reader, question: Question, include_spans: bool) -> bytes:
    """A page of traces as JSON: ``{"traces": [...], "next_page_token": ...}``.

    Without spans, a document says what the list of traces says, and its ``spans`` are empty. So
    are those of a trace that has more than ``MAX_TRACE_SPANS``.

    Raises:
        BadQueryError: something of the question is malformed or out of range.
        TooMuchError: the search took too long or too much memory.
        StoreError: the store failed.
    """
    page = find(store, question)
    ids = [trace.trace_id for trace in page.traces]
    told, size = 0, 0
    given: list[bytes] = []
    for group, with_spans in _groups(store, ids, include_spans):
        documents = _documents(store, group, with_spans)
        for trace_id in group:
            told += 1
            # It may have been deleted since it was found.
            if trace_id in documents:
                given.append(orjson.dumps(documents[trace_id]))
                size += len(given[-1])
        if size > MAX_PAGE_BYTES:
            break
    return orjson.dumps(
        {
            "traces": [orjson.Fragment(document) for document in given],
            "next_page_token": page.token_behind(told) if told else None,
        }
    )


def _groups(
    store: Reader, ids: Sequence[str], include_spans: bool
) -> Iterator[tuple[list[str], bool]]:
    """Runs of ids that are read at once, and whether their spans are."""
    if not include_spans:
        yield list(ids), False
        return
    sizes = dict(ask(store, "trace_sizes", trace_ids=list(ids))) if ids else {}
    group: list[str] = []
    spans = 0
    for trace_id in ids:
        size = sizes.get(trace_id, 0)
        if spans + size > _SPANS_AT_ONCE:
            yield group, True
            group, spans = [], 0
        if size > MAX_TRACE_SPANS:
            yield [trace_id], False
            continue
        group.append(trace_id)
        spans += size
    yield group, True


def _documents(store: Reader, ids: Sequence[str], include_spans: bool) -> dict[str, dict[str, Any]]:
    if include_spans:
        return trace_documents(store, ids)
    found = trace_summaries(store, ids)
    return {
        summary["trace_id"]: {**{name: summary[name] for name in _FIELDS}, "spans": []}
        for summary in found
    }
