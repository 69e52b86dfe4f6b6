"""One model call: what was answered, and what the span that stands for it says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Final

from benchmarks.fidelity import recorded
from benchmarks.fidelity.findings import Reading
from benchmarks.fidelity.leaves import Recording
from benchmarks.fidelity.recorded import CACHE_READ, CACHE_WRITE, INPUT, OUTPUT, REASONING

Span = Mapping[str, Any]
Call = Mapping[str, Any]

REQUEST_MODEL: Final = "request model"
RESPONSE_MODEL: Final = "response model"
PROVIDER: Final = "provider"
COUNTS: Final = {
    "input": INPUT,
    "output": OUTPUT,
    "cache read": CACHE_READ,
    "cache write": CACHE_WRITE,
    "reasoning": REASONING,
}
FINISH_REASON: Final = "finish reason"
CALL_TYPE: Final = "span types"
TEXT: Final = "text"
THINKING: Final = "thinking"
TOOL_NAMES: Final = "tool calls"
ARGUMENTS: Final = "arguments"

CALL_FIELDS: Final = (
    *(REQUEST_MODEL, RESPONSE_MODEL, PROVIDER),
    *COUNTS,
    *(FINISH_REASON, TEXT, THINKING, TOOL_NAMES, ARGUMENTS),
)

_TYPES = {
    "llm": {"LLM", "CHAT_MODEL"},
    "error": {"LLM", "CHAT_MODEL"},
    "embedding": {"EMBEDDING"},
}
_LLM_KINDS = {"llm", "chat", "chat_model", "generation", "generate_content", "text_completion"}
_KINDS = {"llm": _LLM_KINDS, "error": _LLM_KINDS, "embedding": {"embedding", "embeddings"}}
_NO_SPAN = "no model call"


def was_recorded(recording: Recording, call: Call) -> bool:
    """Whether a recording tells of a call at all.

    A span says it is one, or something names the model or counts the tokens.
    """
    return (
        any(recorded.says_it_is(span, _KINDS[call["type"]], r"$^") for span in recording.spans)
        or _names_model(recording, call)
        or any(
            call.get(name) and recorded.has_count(recording, name, call) for name in (INPUT, OUTPUT)
        )
    )


def _names_model(recording: Recording, call: Call) -> bool:
    models = [call[name] for name in ("request_model", "response_model") if call.get(name)]
    return any(recorded.has_model(recording, model) for model in models)


# Which span stands for which call


def align(calls: Sequence[Call], spans: Sequence[Span]) -> list[Span | None]:
    """The span of each call: both in order of time, so that as much as possible agrees."""

    @cache
    def best(call: int, span: int) -> tuple[int, tuple[int | None, ...]]:
        if call == len(calls):
            return 0, ()
        if span == len(spans):
            return 0, (None,) * (len(calls) - call)
        score, pairs = best(call + 1, span + 1)
        taken = (score + agreement(calls[call], spans[span]), (span, *pairs))
        score, pairs = best(call + 1, span)
        without = (score, (None, *pairs))
        return max(taken, without, best(call, span + 1), key=lambda option: option[0])

    return [None if span is None else spans[span] for span in best(0, 0)[1]]


def agreement(call: Call, span: Span) -> int:
    """How much a span says of a call, at least 1: any span is better than none."""
    usage = span["usage"] or {}
    counts = sum(call.get(name) is not None and usage.get(name) == call[name] for name in usage)
    models = sum(span[key] == call.get(key) for key in ("request_model", "response_model"))
    texts = call.get("output_text") in _texts(span)
    kinds = span["span_type"] in _TYPES[call["type"]]
    return 1 + int(counts + models + texts + kinds)


# What it says


def read_call(
    recording: Recording, call: Call, label: str, span: Span, spans: Sequence[Span]
) -> Iterator[Reading]:
    """The readings of a call from its span; ``spans`` are all there are, for what others hold."""
    yield from _models(recording, call, label, span)
    yield from _counts(recording, call, label, span["usage"] or {})
    yield _finish(recording, call, label, span["finish_reasons"])
    own = recording.of(span["span_id"])
    yield from _content(recording, own, call, label, span, spans)
    yield from _tool_calls(recording, own, call, label, span, spans)
    types = _TYPES[call["type"]]
    right = span["span_type"] in types
    yield Reading(CALL_TYPE, label or "call", sorted(types), span["span_type"], True, right)


def no_call(
    recording: Recording, call: Call, label: str, spans: Sequence[Span]
) -> Iterator[Reading]:
    """The readings of a call that no span stands for: nothing of it, but content elsewhere."""
    blank: dict[str, Any] = {"request_model": "", "response_model": "", "provider": ""}
    blank |= {"span_type": _NO_SPAN, "output_messages": []}
    yield from _models(recording, call, label, blank)
    yield from _counts(recording, call, label, {})
    yield _finish(recording, call, label, [])
    nothing = Recording([], [])
    yield from _content(recording, nothing, call, label, blank, spans)
    yield from _tool_calls(recording, nothing, call, label, blank, spans)
    types = _TYPES[call["type"]]
    there = was_recorded(recording, call)
    yield Reading(CALL_TYPE, label or "call", sorted(types), _NO_SPAN, there, False, empty=True)


def same_model(found: str, wanted: str) -> bool:
    """Whether two names mean one model; one of them may have its provider in front."""
    return found == wanted or (found != "" and found == wanted.partition("/")[2])


def _models(recording: Recording, call: Call, label: str, span: Span) -> Iterator[Reading]:
    for field, key in ((REQUEST_MODEL, "request_model"), (RESPONSE_MODEL, "response_model")):
        wanted, found = call.get(key), span[key]
        there = bool(wanted) and recorded.has_model(recording, wanted or "")
        right = bool(wanted) and same_model(found, wanted or "")
        empty = not found or not wanted
        yield Reading(field, label, wanted, found, there, right, empty=empty)
    provider, found = recorded.provider_of(call["request_model"]), span["provider"]
    there = bool(provider) and (
        _names_model(recording, call)
        or (was_recorded(recording, call) and recorded.has_provider(recording, provider))
    )
    right = bool(provider) and found.partition(".")[0] == provider
    yield Reading(PROVIDER, label, provider, found, there, right, empty=not found or not provider)


def _counts(
    recording: Recording, call: Call, label: str, usage: Mapping[str, int | None]
) -> Iterator[Reading]:
    for field, name in COUNTS.items():
        found, wanted = usage.get(name), call.get(name)
        if wanted is None:
            # Said to be unknown, or not said: nothing may be counted, and 0 is a count too
            # where the usage is said to be unknown.
            known = name in call
            right = found is None if known else not found
            yield Reading(field, label, None, found, known, right, empty=right and not known)
        else:
            there = recorded.has_count(recording, name, call)
            empty = found is None
            yield Reading(field, label, wanted, found, there, found == wanted, empty=empty)


def _finish(recording: Recording, call: Call, label: str, found: Sequence[str]) -> Reading:
    wanted = recorded.finish_reason(call.get("finish_reason") or "")
    there = bool(wanted) and recorded.has_finish_reason(recording, wanted)
    empty = not found or (call["type"] != "error" and not wanted)
    return Reading(FINISH_REASON, label, wanted, list(found), there, set(found) == {wanted}, empty)


def _parts(spans: Sequence[Span], kind: str, *keys: str) -> list[Mapping[str, Any]]:
    return [
        part
        for span in spans
        for key in keys
        for message in span[key]
        for part in message["parts"]
        if part["type"] == kind
    ]


def _texts(span: Span, kind: str = "text") -> list[str]:
    return [part["content"] for part in _parts([span], kind, "output_messages")]


def _content(
    recording: Recording,
    own: Recording,
    call: Call,
    label: str,
    span: Span,
    spans: Sequence[Span],
) -> Iterator[Reading]:
    for field, name, kind in (
        (TEXT, "output_text", "text"),
        (THINKING, "reasoning_text", "reasoning"),
    ):
        wanted = call.get(name) or ""
        found = _texts(span, kind)
        right = bool(wanted) and set(found) == {wanted}
        if wanted and not found and not recorded.has_text(own, wanted):
            # Only another span has it, so only there can it be read.
            right = wanted in {text for other in spans for text in _texts(other, kind)}
            found = [wanted] if right else []
        there = bool(wanted) and recorded.has_text(recording, wanted)
        yield Reading(field, label, wanted, found, there, right, empty=not found)


def _tool_calls(
    recording: Recording,
    own: Recording,
    call: Call,
    label: str,
    span: Span,
    spans: Sequence[Span],
) -> Iterator[Reading]:
    wanted = list(call.get("tool_calls") or [])
    found = _parts([span], "tool_call", "output_messages")
    names = sorted(tool["name"] for tool in wanted)
    given = [tool.get("arguments") or {} for tool in wanted]
    read = sorted(str(part.get("name")) for part in found)
    right = read == names
    if names and not read and not all(recorded.has_tool_call(own, name) for name in names):
        said = _parts(spans, "tool_call", "output_messages", "input_messages")
        right = set(names) <= {part.get("name") for part in said} | {s["tool_name"] for s in spans}
        read = names if right else []
    there = bool(names) and all(recorded.has_tool_call(recording, name) for name in names)
    yield Reading(TOOL_NAMES, label, names, read, there, right, empty=not read)

    arguments = [part.get("arguments") for part in found if part.get("arguments") is not None]
    right = len(arguments) == len(given) and all(each in arguments for each in given)
    if names and not arguments and not all(recorded.has_arguments(own, each) for each in given):
        said = _parts(spans, "tool_call", "output_messages", "input_messages")
        elsewhere = [part.get("arguments") for part in said] + [s["input"] for s in spans]
        right = all(each in elsewhere for each in given)
        arguments = given if right else []
    there = bool(names) and all(recorded.has_arguments(recording, each) for each in given)
    yield Reading(ARGUMENTS, label, given, arguments, there, right, empty=not arguments)
