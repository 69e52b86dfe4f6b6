"""A trace as HTML for notebooks: one self-contained fragment, without scripts and remote loads.

What a trace says was written by anybody: all of it is escaped. Styles stand on the elements, so
that nothing of the notebook around is touched; colours follow its theme.
"""

from __future__ import annotations

import html
import itertools
import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

from spanbridge.entities.assessment import Expectation, Feedback
from spanbridge.entities.event import SpanEvent
from spanbridge.entities.span import Span
from spanbridge.entities.span_tree import Row, dollars, duration, one_line, printable, rows, tokens
from spanbridge.entities.status import SpanStatusCode
from spanbridge.entities.trace_info import TraceInfo

MAX_ROWS: Final = 200
"""Spans that are shown; of the others only how many they are."""

MAX_CONTENT: Final = 4_000
"""Characters of one value that are shown."""

_MAX_NAME: Final = 120
_MAX_EVENTS: Final = 20
_MAX_LEVELS: Final = 16
_FRAME: Final = (
    "font:13px/1.5 system-ui,sans-serif;max-width:1000px;padding:8px 12px;"
    "border:1px solid rgba(128,128,128,.4);border-radius:6px"
)
_LINE: Final = "display:flex;gap:10px;align-items:baseline;cursor:pointer"
_MUTED: Final = "opacity:.7"
_TYPE: Final = "font-size:11px;padding:0 5px;border-radius:3px;background:rgba(128,128,128,.2)"
_WRONG: Final = "color:#c62828;font-weight:600"
_TIMES: Final = "position:relative;flex:0 0 160px;height:8px;background:rgba(128,128,128,.15)"
_PRE: Final = (
    "margin:2px 0 8px;padding:6px 8px;max-height:300px;overflow:auto;white-space:pre-wrap;"
    "overflow-wrap:anywhere;background:rgba(128,128,128,.1);border-radius:4px;font-size:12px"
)


def trace_html(info: TraceInfo, spans: Sequence[Span]) -> str:
    """The fragment of a trace, at most ``MAX_ROWS`` spans of it."""
    return "\n".join(_parts(info, spans))


def _parts(info: TraceInfo, spans: Sequence[Span]) -> Iterator[str]:
    yield f'<div style="{_FRAME}">'
    yield _heading(info, spans)
    for row in itertools.islice(rows(spans), MAX_ROWS):
        yield _row(row, info)
    if len(spans) > MAX_ROWS:
        yield f'<div style="{_MUTED}">… {len(spans) - MAX_ROWS} more spans</div>'
    yield from map(_assessment, info.assessments)
    yield "</div>"


def _heading(info: TraceInfo, spans: Sequence[Span]) -> str:
    facts = [str(info.state), duration(info.end_time_ns - info.start_time_ns)]
    usage = None if info.token_usage is None else dict(info.token_usage)
    cost = None if info.cost is None else dict(info.cost)
    facts += filter(None, (tokens(usage), dollars(cost)))
    named = (("session", info.session_id), ("user", info.user_id), *sorted(info.tags.items()))
    facts += [f"{key} {value}" for key, value in named if value]
    told = " · ".join(_name(fact) for fact in facts)
    return (
        f"<div><b>{_name(info.name)}</b> "
        f'<code style="{_MUTED}">{_name(info.trace_id)}</code></div>'
        f'<div style="{_MUTED};margin-bottom:6px">{told}</div>'
    )


def _row(row: Row, info: TraceInfo) -> str:
    span = row.span
    failed = span.status.status_code is SpanStatusCode.ERROR
    cells = [f"<b>{_name(span.name)}</b>"]
    if span.span_type != "UNKNOWN":
        cells.append(f'<span style="{_TYPE}">{_name(span.span_type)}</span>')
    for word in (tokens(span.token_usage), dollars(span.llm_cost)):
        if word:
            cells.append(f'<span style="{_MUTED}">{_name(word)}</span>')
    if failed:
        cells.append(f'<span style="{_WRONG}">ERROR</span>')
    cells.append('<span style="flex:1"></span>')
    cells.append(f'<span style="{_MUTED}">{duration(span.end_time_ns - span.start_time_ns)}</span>')
    cells.append(_bar(span, info, failed))
    indent = 16 * min(row.depth, _MAX_LEVELS)
    return (
        f'<details style="margin-left:{indent}px"><summary style="{_LINE}">{"".join(cells)}'
        f"</summary>{''.join(_inside(span))}</details>"
    )


def _bar(span: Span, info: TraceInfo, failed: bool) -> str:
    whole = max(info.end_time_ns - info.start_time_ns, 1)
    left = min(max((span.start_time_ns - info.start_time_ns) / whole, 0), 1)
    width = min(max((span.end_time_ns - span.start_time_ns) / whole, 0.01), 1 - left)
    colour = "#c62828" if failed else "#1976d2"
    return (
        f'<span style="{_TIMES}"><span style="position:absolute;top:0;bottom:0;'
        f'left:{left:.1%};width:{width:.1%};background:{colour}"></span></span>'
    )


def _inside(span: Span) -> Iterator[str]:
    description = span.status.description
    if description:
        yield _block("status", description)
    for title, value in (("inputs", span.inputs), ("outputs", span.outputs)):
        if value is not None:
            yield _block(title, value)
    plain = {k: v for k, v in span.attributes.items() if k not in _SHOWN}
    if plain:
        yield _block("attributes", plain)
    events = span.events
    if events:
        left = len(events) - _MAX_EVENTS
        more = [f"… {left} more events"] if left > 0 else []
        yield _block("events", [*map(_event, events[:_MAX_EVENTS]), *more])


_SHOWN: Final = frozenset({"mlflow.spanInputs", "mlflow.spanOutputs", "mlflow.spanType"})


def _event(event: SpanEvent) -> dict[str, Any]:
    return {event.name: dict(event.attributes)}


def _assessment(assessment: Feedback | Expectation) -> str:
    error = assessment.error
    said = assessment.value if error is None else {error.error_code: error.error_message}
    facts = [f"{assessment.kind} {assessment.name}", str(assessment.source.source_type)]
    facts += [] if assessment.valid else ["replaced"]
    reason = [] if assessment.rationale is None else [_block("rationale", assessment.rationale)]
    return (
        f'<div style="margin-top:6px">{" · ".join(map(_name, facts))}</div>'
        f"{_block('value', said)}{''.join(reason)}"
    )


def _block(title: str, value: Any) -> str:
    text = value if isinstance(value, str) else _json(value)
    shown = html.escape(printable(text, MAX_CONTENT))
    return f'<div style="{_MUTED}">{title}</div><pre style="{_PRE}">{shown}</pre>'


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)


def _name(text: str) -> str:
    return html.escape(one_line(text, _MAX_NAME))
