"""How a trace looks on a terminal: pure functions from trace documents to Rich renderables.

Text that came with a span is data from outside. It is shown without control characters, so that a
span's name cannot move the cursor or rewrite the screen.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from spanbridge_ingest.cli.output import counted

Document = Mapping[str, Any]

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]+")
_ABSENT = "-"
_SHOWN_ID_CHARS = 16
_MIN_NAME_CHARS = 24
_DURATION_CHARS = 8
_SHORT_CHARS = 60
_SHOWN_FACTS = 10
_SECOND_NS = 1_000_000_000
_SMALL_USD = 0.001

_TYPE_STYLES = {
    "AGENT": "bold magenta",
    "WORKFLOW": "bold magenta",
    "CHAIN": "magenta",
    "TASK": "magenta",
    "LLM": "bold cyan",
    "CHAT_MODEL": "bold cyan",
    "EMBEDDING": "cyan",
    "RERANKER": "cyan",
    "TOOL": "bold yellow",
    "RETRIEVER": "bold green",
    "MEMORY": "green",
    "GUARDRAIL": "bold blue",
    "EVALUATOR": "blue",
    "PARSER": "blue",
}


def trace_tree(document: Document) -> RenderableType:
    """Render one trace document: a head with totals, then a line per span, indented by parent."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(ratio=1, no_wrap=True, overflow="ellipsis", min_width=_MIN_NAME_CHARS)
    grid.add_column(justify="right", no_wrap=True, min_width=_DURATION_CHARS)
    grid.add_column(no_wrap=True, overflow="ellipsis")
    grid.add_column(overflow="fold")
    uncounted = False
    for guide, below, span in _walk(document.get("spans") or ()):
        usage = usage_text(span.get("usage"))
        if usage and not span.get("usage_counted"):
            uncounted = True
            usage = f"({usage})"
        grid.add_row(
            Text.assemble((guide, "dim"), _span_label(span)),
            duration_text(span),
            Text(_model(span), style="cyan"),
            Text.assemble(usage, _cost_suffix(span)),
        )
        if problem := _problem(span):
            grid.add_row(Text.assemble((below, "dim"), (f"! {problem}", "red")), "", "", "")
    parts: list[RenderableType] = [_head(document), Text(), grid]
    if uncounted:
        parts += [Text(), Text("( ) is counted once, on another span of this trace", style="dim")]
    return Group(*parts)


def trace_table(documents: Sequence[Document]) -> RenderableType:
    """Render a list of traces, one line each, in the order given.

    Ids are cut to half: enough to tell traces apart, and to be given to ``traces show``.
    """
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for title in ("trace", "started (UTC)", "service", "name"):
        table.add_column(title, no_wrap=True, overflow="ellipsis")
    for title in ("duration", "calls", "in", "out", "cost"):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("status")
    for document in documents:
        usage = document.get("usage") or {}
        table.add_row(
            Text(clean(document["trace_id"])[:_SHOWN_ID_CHARS], style="bold"),
            started_text(document),
            Text(clean(document.get("service_name"))),
            Text(clean(document.get("name"))),
            duration_text(document),
            str(document.get("model_calls") or 0),
            _count(usage.get("input_tokens")),
            _count(usage.get("output_tokens")),
            _trace_cost(document) or _ABSENT,
            _status(document),
        )
    return table


def clean(value: object) -> str:
    """Text of a span without control characters; '' for None."""
    return "" if value is None else _CONTROL.sub("\N{REPLACEMENT CHARACTER}", str(value))


def started_text(document: Document) -> str:
    """When a trace or span began, in UTC to the second."""
    try:
        seconds = int(document["start_time_unix_nano"]) // _SECOND_NS
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")
    except (KeyError, TypeError, ValueError, OverflowError):
        return _ABSENT


def duration_text(document: Document) -> str:
    """How long a trace or span took, with about three digits."""
    try:
        elapsed = int(document["end_time_unix_nano"]) - int(document["start_time_unix_nano"])
    except (KeyError, TypeError, ValueError):
        return _ABSENT
    if elapsed < 0:
        return _ABSENT
    if elapsed < 999_500:
        return f"{elapsed / 1_000:.3g} us"
    if elapsed < 999_500_000:
        return f"{elapsed / 1_000_000:.3g} ms"
    seconds = elapsed / _SECOND_NS
    if seconds < 60:
        return f"{seconds:.2f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s"


def usage_text(usage: Mapping[str, Any] | None) -> str:
    """Token counts in words; only what was reported, '' if nothing was."""
    if not usage:
        return ""
    read, written = usage.get("cache_read_tokens"), usage.get("cache_write_tokens")
    parts = [
        _amount(usage.get("input_tokens"), "in", ((read, "cached"), (written, "written to cache"))),
        _amount(usage.get("output_tokens"), "out", ((usage.get("reasoning_tokens"), "reasoning"),)),
    ]
    return ", ".join(part for part in parts if part)


def _trace_cost(document: Document) -> str:
    """The cost of a trace, with a plus if there are calls whose cost is unknown."""
    cost = cost_text(document.get("cost_usd"))
    return f"{cost}+" if cost and document.get("cost_unknown_calls") else cost


def cost_text(cost: float | None) -> str:
    """A cost in US dollars, a small one with two significant digits; '' when it is not known."""
    if cost is None:
        return ""
    if 0 < cost < _SMALL_USD:
        return f"${Decimal(f'{cost:.2g}'):f}"
    return f"${cost:.4f}" if cost < 1 else f"${cost:,.2f}"


def _walk(spans: Sequence[Document]) -> Iterator[tuple[str, str, Document]]:
    """Spans depth first, siblings by start, with the guide of the line and of a line below it.

    Every span comes out once, also one whose parent is missing or is among its descendants.
    """
    known = {span["span_id"] for span in spans}
    children: dict[str, list[Document]] = {}
    for span in sorted(spans, key=lambda span: int(span.get("start_time_unix_nano") or 0)):
        parent = span.get("parent_span_id") or ""
        children.setdefault(parent if parent in known else "", []).append(span)
    roots = children.get("", [])
    seen: set[int] = set()
    for start in (*roots, *spans):
        # The second round finds only what no root leads to: cycles.
        stack = [("", "", start)]
        while stack:
            guide, indent, span = stack.pop()
            if id(span) in seen:
                continue
            seen.add(id(span))
            below = [c for c in children.get(span["span_id"], ()) if id(c) not in seen]
            yield guide, indent + ("│   " if below else "    "), span
            for position, child in reversed(list(enumerate(below, 1))):
                last = position == len(below)
                mark, deeper = ("└── ", "    ") if last else ("├── ", "│   ")
                stack.append((indent + mark, indent + deeper, child))


def _head(document: Document) -> Text:
    title = Text.assemble(
        (clean(document.get("name")) or "(unnamed)", "bold"), "  ", _status(document)
    )
    calls = int(document.get("model_calls") or 0)
    facts = [
        f"trace {clean(document['trace_id'])}",
        clean(document.get("service_name")),
        f"{started_text(document)} UTC",
        duration_text(document),
    ]
    if document.get("session_id"):
        facts.append(f"session {clean(document['session_id'])}")
    if document.get("user_id"):
        facts.append(f"user {clean(document['user_id'])}")
    totals = [counted(calls, "model call")]
    usage = document.get("usage") or {}
    totals.append(f"tokens {usage_text(usage) or 'not reported'}")
    if usage.get("total_tokens") is not None:
        totals.append(f"total {_count(usage['total_tokens'])}")
    if cost := _trace_cost(document):
        totals.append(f"cost {cost}")
    facts_line = Text(" · ".join(fact for fact in facts if fact), style="dim")
    lines = [title, facts_line, Text(" · ".join(totals))]
    if tags := document.get("tags"):
        shown = [
            f"{clean(key)}={clean(value)}" if value else clean(key) for key, value in tags.items()
        ]
        lines.append(Text(f"tags {_few(shown, ', ')}", style="dim"))
    judged = [_assessment(found) for found in document.get("assessments") or () if found["valid"]]
    if judged:
        lines.append(Text(_few(judged, "\n")))
    return Text("\n").join(lines)


def _assessment(assessment: Document) -> str:
    """An assessment in a line: what was said, by whom, and the beginning of why."""
    error, value = assessment["error"], assessment["value"]
    said = error["error_code"] if error else json.dumps(value, ensure_ascii=False)
    source = assessment["source"]
    line = f"{assessment['kind']} {_short(assessment['name'])}: {_short(said)}"
    line += f" ({source['source_type']} {_short(source['source_id'])})"
    if assessment["rationale"]:
        line += f" {_short(assessment['rationale'])}"
    return line


def _short(value: object) -> str:
    text = clean(value)
    return text if len(text) <= _SHORT_CHARS else f"{text[: _SHORT_CHARS - 3]}..."


def _few(texts: Sequence[str], separator: str) -> str:
    more = len(texts) - _SHOWN_FACTS
    shown = [_short(text) if separator != "\n" else text for text in texts[:_SHOWN_FACTS]]
    return separator.join([*shown, *([f"and {more} more"] if more > 0 else [])])


def _span_label(span: Document) -> Text:
    span_type = clean(span.get("span_type"))
    label = Text()
    if span_type:
        label.append(f"{span_type} ", style=_TYPE_STYLES.get(span_type, "bold"))
    label.append(clean(span.get("name")) or "(unnamed)")
    tool = clean(span.get("tool_name"))
    if tool and tool not in label.plain:
        label.append(f" [{tool}]", style="yellow")
    return label


def _model(span: Document) -> str:
    if not span.get("model_call"):
        return ""
    return clean(span.get("response_model") or span.get("request_model"))


def _is_error(status: object) -> bool:
    code = status.get("code") if isinstance(status, Mapping) else status
    return str(code).upper().removeprefix("STATUS_CODE_") == "ERROR"


def _status(document: Document) -> Text:
    if document.get("state") == "IN_PROGRESS":
        return Text("IN PROGRESS", style="yellow")
    failed = document.get("state") == "ERROR" or _is_error(document.get("status"))
    return Text("ERROR", style="bold red") if failed else Text("OK", style="green")


def _problem(span: Document) -> str:
    status = span.get("status")
    if not _is_error(status) and not span.get("error_type"):
        return ""
    message = status.get("message") if isinstance(status, Mapping) else ""
    parts = (clean(span.get("error_type")), clean(message))
    return ": ".join(part for part in parts if part) or "error"


def _cost_suffix(span: Document) -> str:
    cost = cost_text(span.get("cost_usd"))
    return f", {cost}" if cost else ""


def _amount(value: int | None, name: str, within: Sequence[tuple[int | None, str]]) -> str:
    if value is None:
        return ""
    inner = ", ".join(f"{_count(part)} {what}" for part, what in within if part)
    return f"{_count(value)} {name} ({inner})" if inner else f"{_count(value)} {name}"


def _count(value: int | None) -> str:
    return _ABSENT if value is None else f"{int(value):,}"
