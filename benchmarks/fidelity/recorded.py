"""Whether a recording contains a fact in any form: what a perfect reader could have found."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from benchmarks.fidelity.leaves import TOOL_CALL, Leaf, RawSpan, Recording

INPUT = "input_tokens"
OUTPUT = "output_tokens"
CACHE_READ = "cache_read_tokens"
CACHE_WRITE = "cache_write_tokens"
REASONING = "reasoning_tokens"
TOTAL = "total_tokens"

PROVIDERS = {
    "openai": (r"(?:gpt|text-embedding|o\d|chatgpt)-", ("openai",)),
    "anthropic": (r"claude-", ("anthropic",)),
    "gcp": (r"gemini-", ("gemini", "google", "gcp", "vertex")),
}
"""By what a model's name begins, and the words that name the provider."""

FINISH = {
    "stop": {"stop", "end_turn", "stop_sequence", "complete", "completed", "finish_reason_stop"},
    "tool_call": {
        *("tool_call", "tool_calls", "tool-call", "tool-calls", "tool_use", "toolcalls"),
        *("function_call", "function_calls"),
    },
    "length": {"length", "max_tokens", "max_output_tokens", "incomplete"},
    "content_filter": {"content_filter", "content-filter", "safety", "refusal"},
}
"""The spellings of each reason, in lower case."""

_COMPLETED = {
    "message": ("stop",),
    "function_call": ("tool_call",),
    "response": ("stop", "tool_call"),
}
"""Why an answer of OpenAI's Responses API ended whose part of this type is completed."""

_CACHE = {"cache", "cached"}
_WRITE = {"write", "creation", "create", "created", "written"}
_THOUGHT = {"reasoning", "thoughts", "thought", "thinking"}
_ASKED = {"input", "prompt", "request"}
_ANSWERED = {"output", "completion", "completions", "candidates", "response", "generated"}
_ANY_COUNT = {"token", "tokens", "usage", "count"}
_OTHER = "another count"
_NO_COUNT = {
    *("max", "min", "limit", "budget", "per", "time", "cost", "costs", "price", "rate", "ratio"),
    *("price", "average", "avg", "ms", "seconds"),
}
_SPELLED_COUNT = re.compile(r"(\w*(?:token|usage)\w*)['\"]?\s*[=:]\s*(\d+)\b", re.IGNORECASE)
_STACKTRACE = "stacktrace"
_DEFINED = {"tools", "functions", "function_tools", "json_schema", "parameters", "toolchoice"}


# Token counts


def counts(recording: Recording) -> Iterator[tuple[str, int]]:
    """The token counts of a recording, each with its kind; '' where the names leave it open."""
    for leaf in recording.leaves:
        number = _integer(leaf.value)
        if number is not None and {"token", "tokens", "usage"} & leaf.words(len(leaf.path)):
            if _NO_COUNT.isdisjoint(leaf.words(2)):
                yield kind(leaf), number
        elif isinstance(leaf.value, str) and _STACKTRACE not in leaf.path:
            for name, digits in _SPELLED_COUNT.findall(leaf.value):
                spelled = Leaf((*leaf.path, name), int(digits), leaf.span_id)
                if _NO_COUNT.isdisjoint(spelled.words(1)):
                    yield kind(spelled), int(digits)


def kind(leaf: Leaf) -> str:
    """Which count a leaf with a token count is, by the names around it."""
    near = leaf.words(3)
    if near & _CACHE:
        return CACHE_WRITE if near & _WRITE else CACHE_READ
    if leaf.words(2) & _THOUGHT:
        return REASONING
    for words in (leaf.words(1), leaf.words(2)):
        if "total" in words:
            return TOTAL
        if words & _ANSWERED:
            return OUTPUT
        if words & _ASKED:
            return INPUT
    return "" if leaf.words(1) <= _ANY_COUNT else _OTHER


@lru_cache(maxsize=8)
def _counts(recording: Recording) -> frozenset[tuple[str, int]]:
    return frozenset(counts(recording))


def has_count(recording: Recording, name: str, call: Mapping[str, Any]) -> bool:
    """Whether a count of a call is there, or follows from others that are."""
    found = _counts(recording)
    wanted = call[name]

    def there(kind: str, number: int) -> bool:
        return bool({(kind, number), ("", number)} & found)

    def known(kind: str) -> bool:
        number = call.get(kind)
        return not number or there(kind, number)

    if there(name, wanted):
        return True
    total = (call.get(INPUT) or 0) + (call.get(OUTPUT) or 0)
    if name == INPUT:
        uncached = wanted - (call.get(CACHE_READ) or 0) - (call.get(CACHE_WRITE) or 0)
        parts = there(INPUT, uncached) and known(CACHE_READ) and known(CACHE_WRITE)
        return parts or ((TOTAL, total) in found and known(OUTPUT))
    if name == OUTPUT:
        said = wanted - (call.get(REASONING) or 0)
        parts = there(OUTPUT, said) and known(REASONING)
        return parts or ((TOTAL, total) in found and known(INPUT))
    return False


def has_sum(recording: Recording, name: str, wanted: int) -> bool:
    """Whether the sum of a trace is there itself."""
    return (name, wanted) in _counts(recording)


def _integer(value: object) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    if isinstance(value, str):
        return int(value) if re.fullmatch(r"\d{1,18}", value) else None
    return value if isinstance(value, int) else None


# Names


def has_model(recording: Recording, model: str) -> bool:
    """Whether a model is named, with or without its provider in front."""
    bare = model.partition("/")[2] or model
    pattern = re.compile(rf"(?<![\w.-]){re.escape(bare)}(?![\w-]|\.\w)")
    return any(
        pattern.search(leaf.value)
        for leaf in recording.leaves
        if isinstance(leaf.value, str) and _STACKTRACE not in leaf.path
    )


def provider_of(model: str) -> str:
    """Whose model it is, by its name; '' if the name does not say."""
    bare = model.partition("/")[2] or model
    return next((p for p, (begin, _) in PROVIDERS.items() if re.match(begin, bare)), "")


def has_provider(recording: Recording, provider: str) -> bool:
    """Whether a provider is named, in a value or in a name."""
    words = PROVIDERS[provider][1]
    said = (
        text.lower()
        for leaf in recording.leaves
        if _STACKTRACE not in leaf.path
        for text in (*leaf.path, leaf.text)
    )
    return any(word in text for text in said for word in words)


def finish_reason(spelling: str) -> str:
    """The reason that a spelling stands for; '' if it is not known."""
    return next((r for r, spellings in FINISH.items() if spelling.lower() in spellings), "")


def has_finish_reason(recording: Recording, reason: str) -> bool:
    """Whether a reason is given, by name or as the status of an OpenAI response or its items."""
    return reason in _statuses(recording) or any(
        finish_reason(leaf.value) == reason
        for leaf in recording.leaves
        if isinstance(leaf.value, str)
        and {"finish", "stop", "finished"} & leaf.words(2)
        and {"reason", "reasons", "finishreason"} & leaf.words(2)
    )


def _statuses(recording: Recording) -> set[str]:
    objects: defaultdict[tuple[str, ...], dict[str, str]] = defaultdict(dict)
    for leaf in recording.leaves:
        if leaf.path[-1] in {"status", "type", "object"}:
            objects[leaf.span_id, *leaf.path[:-1]][leaf.path[-1]] = leaf.text
    return {
        reason
        for members in objects.values()
        if members.get("status") == "completed"
        for what in ("type", "object")
        for reason in _COMPLETED.get(members.get(what, ""), ())
    }


def has_named(recording: Recording, text: str, about: set[str]) -> bool:
    """Whether a text is the value of something whose name has one of the words ``about``."""
    return any(leaf.text == text and about & leaf.words(2) for leaf in recording.leaves)


# Content


def has_text(recording: Recording, text: str) -> bool:
    """Whether a text is there, in one piece or in the pieces of a stream.

    What could not be opened (cut JSON, say) may have it with escapes.
    """
    spellings = {text, json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]}
    said = (leaf.value for leaf in recording.leaves if isinstance(leaf.value, str))
    if any(spelling in value for value in said for spelling in spellings):
        return True
    return any(text in joined for joined in _joined(recording))


def _joined(recording: Recording) -> Iterator[str]:
    pieces: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for leaf in recording.leaves:
        if isinstance(leaf.value, str):
            path = tuple(re.sub(r"\d+", "#", member) for member in leaf.path)
            pieces[leaf.span_id, *path].append(leaf.value)
    return ("".join(texts) for texts in pieces.values() if len(texts) > 1)


def has_tool_call(recording: Recording, name: str) -> bool:
    """Whether a tool is named as one that was called, not as one that could be."""
    return any(
        leaf.value == name
        and leaf.path[-1].lower() in {"name", "tool_name", "toolname"}
        and not _is_definition(leaf)
        and (TOOL_CALL in leaf.path or {"tool", "function"} & leaf.words(3))
        for leaf in recording.leaves
    ) or _names_in_calls(recording, name)


def _names_in_calls(recording: Recording, name: str) -> bool:
    """Paths such as ``tool_calls.0.name``, whatever the object around them looks like."""
    return any(
        leaf.value == name and re.search(r"(tool|function)_?(call|use)", ".".join(leaf.path), re.I)
        for leaf in recording.leaves
        if not _is_definition(leaf)
    )


def has_arguments(recording: Recording, arguments: Mapping[str, Any]) -> bool:
    """Whether the arguments of a call stand somewhere, as members or as text in pieces."""
    members = {
        (leaf.path[-1], str(leaf.value)) for leaf in recording.leaves if not _is_definition(leaf)
    }
    if arguments and all((name, str(given)) in members for name, given in arguments.items()):
        return True
    spelled = {json.dumps(arguments), json.dumps(arguments, separators=(",", ":"))}
    return any(text in joined for joined in _joined(recording) for text in spelled)


def _is_definition(leaf: Leaf) -> bool:
    members = {member.lower() for member in leaf.path}
    return not _DEFINED.isdisjoint(members) or any("definition" in member for member in members)


# Spans that say what they are


def is_tool(span: RawSpan, tool: str) -> bool:
    """Whether a span is about one tool, by its name or by an attribute that is just its name."""
    if tool in re.split(r"[^\w.-]+", span.name):
        return True
    return any(
        str(value).strip('"') == tool and key.rpartition(".")[2] in {"name", "toolCall", "tool"}
        for key, value in span.attributes.items()
        if "tool" in key
    )


def says_it_is(span: RawSpan, kinds: set[str], name: str) -> bool:
    """Whether a span says it is of a kind, in its name or in an attribute for kinds."""
    if re.match(name, span.name):
        return True
    return any(
        isinstance(value, str)
        and value.strip('"').lower() in kinds
        and re.search(r"(?:kind|type|operation\.name|spanType)$", key)
        for key, value in span.attributes.items()
    )


def error_types(recording: Recording) -> set[str]:
    """The types of errors that are named."""
    return {
        leaf.text
        for leaf in recording.leaves
        if leaf.path[-2:] in {("error", "type"), ("exception", "type")}
    }
