"""What the spans around a model call know of it.

A framework's span around the span of an SDK, or one instrumentation around another, stand for the
same call; one of them counts. What the others say and it does not is filled in on the one that
counts, so that the call can be read in one place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from spanbridge_semconv.model import CALL_TYPES

Document = dict[str, Any]

_BORDERS: Final = frozenset({"TOOL", "AGENT", "WORKFLOW"})
_FILLED: Final = (
    *("provider", "request_model", "response_model", "response_id", "finish_reasons"),
    *("time_to_first_token_ns", "system_instructions", "input_messages", "output_messages"),
    "tool_definitions",
)


def fill_calls(spans: Sequence[Document]) -> None:
    """Fill in, on spans that stand for a model call, what the spans around them know.

    Args:
        spans: the span documents of one trace; changed in place.
    """
    by_id: dict[str, Document] = {}
    for span in spans:
        by_id.setdefault(span["span_id"], span)
    around = {
        number: list(_wrappers(span, by_id))
        for number, span in enumerate(spans)
        if span["model_call"]
    }
    calls_inside: dict[str, int] = {}
    for wrappers in around.values():
        for wrapper in wrappers:
            calls_inside[wrapper["span_id"]] = calls_inside.get(wrapper["span_id"], 0) + 1
    for number, wrappers in around.items():
        for wrapper in wrappers:
            if calls_inside[wrapper["span_id"]] > 1:
                break
            _fill(spans[number], wrapper)


def _wrappers(span: Document, by_id: Mapping[str, Document]) -> Iterator[Document]:
    """The spans of model types around a call, from the inside out."""
    seen = {span["span_id"]}
    parent = by_id.get(span["parent_span_id"])
    while parent is not None and parent["span_id"] not in seen:
        if parent["span_type"] in _BORDERS or parent["model_call"]:
            return
        if parent["span_type"] in CALL_TYPES:
            yield parent
        seen.add(parent["span_id"])
        parent = by_id.get(parent["parent_span_id"])


def _fill(span: Document, wrapper: Document) -> None:
    for name in _FILLED:
        if span[name] in ("", None, []):
            span[name] = wrapper[name]
