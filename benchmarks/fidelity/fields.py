"""What really happened in a case, and what its trace documents say of it, field by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from benchmarks.fidelity import recorded
from benchmarks.fidelity.calls import CALL_FIELDS, align, no_call, read_call, was_recorded
from benchmarks.fidelity.findings import Finding, Reading, judge, unlike
from benchmarks.fidelity.leaves import Recording
from benchmarks.fidelity.recorded import INPUT, OUTPUT

Document = Mapping[str, Any]
Call = dict[str, Any]

TOTAL_INPUT: Final = "trace input"
TOTAL_OUTPUT: Final = "trace output"
MODEL_CALLS: Final = "model calls"
SPAN_TYPES: Final = "span types"
SESSION: Final = "session"
USER: Final = "user"
ERRORS: Final = "errors"

FIELDS: Final = (
    *(TOTAL_INPUT, TOTAL_OUTPUT, MODEL_CALLS),
    *CALL_FIELDS,
    *(SPAN_TYPES, SESSION, USER, ERRORS),
)
"""Every field, in the order of the table."""

_SESSION_NAMES = ("conversation_id", "session_id", "session_id_hint")
_USER_NAMES = ("user_id", "user_id_hint")
_SESSION_WORDS = {"session", "sessionid", "thread", "threadid", "conversation", "conversationid"}
_USER_WORDS = {"user", "userid", "enduser"}
_TOTALS = ((TOTAL_INPUT, INPUT), (TOTAL_OUTPUT, OUTPUT))


@dataclass(frozen=True, slots=True)
class Case:
    """A recorded run: what happened, what was recorded, and the documents made of it."""

    name: str
    expected: Mapping[str, Any]
    recording: Recording
    documents: Sequence[Document]


def wanted_calls(expected: Mapping[str, Any]) -> list[Call]:
    """The calls that were made, in order: of models, an embedding, one that failed."""
    calls = [_call(call) for call in expected.get("llm_calls", [])]
    if "embedding" in expected:
        calls.append(dict(expected["embedding"]) | {"type": "embedding"})
    if "error" in expected:
        calls.append({"request_model": expected["request_model"], "type": "error"})
    return calls


def _call(given: Mapping[str, Any]) -> Call:
    call = dict(given) | {"type": "llm"}
    details = call.get("usage_details", {})
    # What an application gave by hand. Whether its input holds the cached part is its secret.
    for name, key in ((OUTPUT, "output"), (recorded.CACHE_READ, "input_cached_tokens")):
        if key in details:
            call[name] = details[key]
    return call


def findings(case: Case) -> list[Finding]:
    """Everything that can be right or wrong of a case."""
    wanted = wanted_calls(case.expected)
    groups = one_call_each(case.documents, len(wanted))
    readings = [list(_of_group(case, wanted, group)) for group in groups]
    found = [judge([group[n] for group in readings]) for n in range(len(readings[0]))]
    found += [judge([reading]) for reading in _of_case(case)]
    return found


def one_call_each(documents: Sequence[Document], wanted: int) -> list[list[Document]]:
    """Traces to be read side by side: each is the work of another instrumentation.

    Traces that share an instrumentation are parts of one run, and are read as one.
    """
    with_calls = [document for document in documents if document["model_calls"]]
    scopes = [{span["scope"]["name"] for span in _calls(d)} for d in with_calls]
    apart = sum(map(len, scopes)) == len(set().union(*scopes)) if scopes else False
    counted = sum(document["model_calls"] for document in with_calls)
    if len(with_calls) > 1 and apart and counted != wanted:
        return [[document] for document in with_calls]
    return [list(documents)]


def _calls(document: Document) -> list[Mapping[str, Any]]:
    return [span for span in document["spans"] if span["model_call"]]


# Readings that every instrumentation's traces make


def _of_group(case: Case, wanted: list[Call], group: Sequence[Document]) -> Iterator[Reading]:
    spans = sorted(
        (span for document in group for span in _calls(document)),
        key=lambda span: span["start_time_unix_nano"],
    )
    there = any(was_recorded(case.recording, call) for call in wanted)
    yield from _totals(case, wanted, group)
    found = sum(document["model_calls"] for document in group)
    counted = found == len(wanted)
    yield Reading(
        MODEL_CALLS, "", len(wanted), found, there or not wanted, counted, empty=not found
    )
    for number, (call, span) in enumerate(zip(wanted, align(wanted, spans), strict=True), start=1):
        label = f"call {number}" if len(wanted) > 1 else ""
        everything = [span for document in case.documents for span in document["spans"]]
        if span is None:
            yield from no_call(case.recording, call, label, everything)
        else:
            yield from read_call(case.recording, call, label, span, everything)
    yield _errors(case, spans, there)


def _totals(case: Case, wanted: list[Call], group: Sequence[Document]) -> Iterator[Reading]:
    usages = [document["usage"] for document in group if document["usage"] is not None]
    for field, name in _TOTALS:
        numbers = [usage[name] for usage in usages if usage[name] is not None]
        found = sum(numbers) if numbers else None
        asked = [call for call in wanted if name in call]
        unknown = any(call[name] is None for call in asked)
        total = None if unknown or not asked else sum(call[name] for call in asked)
        there = bool(asked) and (
            unknown
            or all(recorded.has_count(case.recording, name, call) for call in asked)
            or recorded.has_sum(case.recording, name, total or 0)
        )
        # 0 is a count too where the usage is said to be unknown; of what is not said it is none.
        empty = found is None if asked else not found
        yield Reading(field, "", total, found, there, found == total, empty)


def _errors(case: Case, calls: Sequence[Mapping[str, Any]], recorded_call: bool) -> Reading:
    failed = [call for call in calls if call["status"]["code"] == "ERROR" or call["error_type"]]
    found = [call["error_type"] or "failed" for call in failed]
    if "error" not in case.expected:
        return Reading(ERRORS, "", [], found, False, not found, empty=not found)
    types = recorded.error_types(case.recording)
    right = len(calls) == len(failed) == 1
    if types:
        # A type that merely wraps the cause may be replaced by what really happened.
        right = right and failed[0]["error_type"] in types | {case.expected["error"]["type"]}
    wanted = sorted(types) or ["failed"]
    return Reading(ERRORS, "", wanted, found, recorded_call, right, empty=not found)


# Readings of the case as a whole


def _of_case(case: Case) -> Iterator[Reading]:
    yield _identity(case, SESSION, "session_id", _SESSION_NAMES, _SESSION_WORDS)
    yield _identity(case, USER, "user_id", _USER_NAMES, _USER_WORDS)
    yield from _tools(case)
    yield from _kinds(case)


def _identity(case: Case, field: str, key: str, names: Sequence[str], about: set[str]) -> Reading:
    wanted = [case.expected[name] for name in names if name in case.expected]
    found = sorted({document[key] for document in case.documents} - {""})
    there = any(recorded.has_named(case.recording, text, about) for text in wanted)
    right = bool(found) and set(found) <= set(wanted)
    # Without a truth to compare with, anything goes: emitters make ids of their own.
    return Reading(field, "", wanted, found, there, right, empty=not found or not wanted)


def _tools(case: Case) -> Iterator[Reading]:
    tools = {tool["name"] for tool in case.expected.get("tools") or []}
    words = str(case.expected.get("mcp", "")).replace("(", " ").split()
    tools |= {after for before, after in pairwise(words) if before.endswith("tools/call")}
    spans = {span["span_id"]: span for document in case.documents for span in document["spans"]}
    typed = [span["tool_name"] for span in spans.values() if span["span_type"] == "TOOL"]
    for tool in sorted(tools):
        there = any(
            recorded.is_tool(raw, tool) and not spans[raw.span_id]["model_call"]
            for raw in case.recording.spans
            if raw.span_id in spans
        )
        yield Reading(
            SPAN_TYPES, f"tool {tool}", f"TOOL {tool}", unlike(typed), there, tool in typed
        )


def _kinds(case: Case) -> Iterator[Reading]:
    """Spans that say they are an agent or a retrieval."""
    spans = {span["span_id"]: span for document in case.documents for span in document["spans"]}
    for kind, said, name in (
        ("AGENT", {"agent", "invoke_agent"}, r"(?:invoke_agent\b|agent run$)"),
        ("RETRIEVER", {"retriever", "retrieval"}, r"retrieval\b"),
    ):
        for raw in case.recording.spans:
            if recorded.says_it_is(raw, said, name):
                found = spans[raw.span_id]["span_type"] if raw.span_id in spans else ""
                yield Reading(SPAN_TYPES, f"span {raw.name}", kind, found, True, found == kind)
