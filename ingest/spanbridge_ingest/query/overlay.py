"""What was said of traces after the fact: tags and assessments, read from the store."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from spanbridge_ingest.query.reading import Reader, ask
from spanbridge_ingest.store.editing import AssessmentRow

EVALUATION: Final = "gen_ai.evaluation.result"
"""The name of events that are assessments."""

_ANSWERS_AT_ONCE: Final = 1000
"""A parameter of a query to a server has to be shorter than 128 kB."""

Tags = Mapping[str, str | None]
"""Tags by key; None for one that was taken away."""


@dataclass(frozen=True, slots=True)
class Overlay:
    """What was said of one trace after the fact."""

    tags: Tags = field(default_factory=dict)
    assessments: Sequence[dict[str, Any]] = ()


NOTHING_SAID: Final = Overlay()


def read_overlays(
    store: Reader,
    trace_ids: Sequence[str],
    answers: Collection[tuple[str, str]],
    evaluated: Iterable[str],
) -> dict[str, Overlay]:
    """What was said of these traces, by id; no entry for those nobody said anything of.

    The view on all assessments is asked for those traces only that have some which came as OTLP:
    planning it takes the engine longer than everything else together.

    Args:
        store: where to read.
        trace_ids: the traces.
        answers: ids of answers (``gen_ai.response.id``) of their spans, each with the trace.
        evaluated: those of them whose spans have evaluations as events.
    """
    tags: defaultdict[str, dict[str, str | None]] = defaultdict(dict)
    for trace_id, key, value, deleted in ask(store, "trace_tags", trace_ids=trace_ids):
        tags[trace_id][key] = None if deleted else value
    emitted = {*evaluated, *_evaluated_in_logs(store, trace_ids, answers)}
    judged: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    stored = [trace_id for trace_id in trace_ids if trace_id not in emitted]
    rows = [AssessmentRow(*row) for row in ask(store, "stored_assessments", trace_ids=stored)]
    if emitted:
        rows += read_assessments(store, sorted(emitted))
    for row in rows:
        judged[row.trace_id].append(assessment_document(row))
    return {
        trace_id: Overlay(tags.get(trace_id, {}), judged.get(trace_id, ()))
        for trace_id in tags.keys() | judged.keys()
    }


def _evaluated_in_logs(
    store: Reader, trace_ids: Sequence[str], answers: Collection[tuple[str, str]]
) -> Iterator[str]:
    given = sorted({answer for answer, _ in answers})
    strays: set[str] = set()
    for n in range(0, max(len(given), 1), _ANSWERS_AT_ONCE):
        part = given[n : n + _ANSWERS_AT_ONCE]
        for trace_id, answer in ask(store, "evaluated", trace_ids=trace_ids, answers=part):
            if trace_id:
                yield trace_id
            else:
                strays.add(answer)
    yield from (trace_id for answer, trace_id in answers if answer in strays)


def read_tags(store: Reader, trace_id: str) -> Tags:
    """What was said of the tags of a trace after the fact."""
    rows = ask(store, "trace_tags", trace_ids=[trace_id])
    return {key: None if deleted else value for _, key, value, deleted in rows}


def read_assessments(store: Reader, trace_ids: Sequence[str]) -> list[AssessmentRow]:
    """The assessments of these traces in order of time, from the API and from OTLP."""
    return [
        AssessmentRow(*row) for row in ask(store, "trace_assessments", trace_ids=list(trace_ids))
    ]


def assessment_document(row: AssessmentRow) -> dict[str, Any]:
    """An assessment as JSON."""
    error = None
    if row.error_code or row.error_message:
        error = {
            "error_code": row.error_code,
            "error_message": row.error_message or None,
            "stack_trace": row.error_stack_trace or None,
        }
    return {
        "assessment_id": row.assessment_id,
        "trace_id": row.trace_id,
        "span_id": row.span_id or None,
        "name": row.name,
        "kind": row.kind,
        "value": orjson.loads(row.value) if row.value else None,
        "error": error,
        "source": {"source_type": row.source_type, "source_id": row.source_id},
        "rationale": row.rationale or None,
        "metadata": dict(row.metadata),
        "create_time_unix_nano": row.created,
        "last_update_time_unix_nano": row.updated,
        "overrides": row.overrides or None,
        "valid": row.valid,
    }
