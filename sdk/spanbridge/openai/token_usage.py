"""Token counts as the OpenAI-compatible providers spell them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from spanbridge_semconv.usage import Usage, inclusive

_PARTS: Final = ("text", "image", "audio")
_INPUT_DETAILS: Final = ("prompt_tokens_details", "input_tokens_details")
_OUTPUT_DETAILS: Final = ("completion_tokens_details", "output_tokens_details")


@dataclass(frozen=True, slots=True)
class TokenUsage:
    """Token counts of one call.

    Attributes:
        counts: input with what came from a cache, output with reasoning, whatever the provider
            counts as what.
        modalities: parts of them that are not 0, by ``text.input``, ``audio.output`` and so on.
    """

    counts: Usage
    modalities: Mapping[str, int] = field(default_factory=dict)


def token_usage(value: object, span_type: str) -> TokenUsage | None:
    """What a ``usage`` object says; None if it counts nothing.

    Args:
        value: the object. Chat Completions, Responses, embeddings and images have names of their
            own for the same, and so have DeepSeek, Moonshot and Databricks for cached tokens.
        span_type: the total of embeddings is their input.
    """
    if not isinstance(value, Mapping):
        return None
    received, given = _details(value, _INPUT_DETAILS), _details(value, _OUTPUT_DETAILS)
    reported = Usage(
        input_tokens=_first(value, "prompt_tokens", "input_tokens"),
        output_tokens=_first(value, "completion_tokens", "output_tokens"),
        total_tokens=_first(value, "total_tokens"),
        cache_read_tokens=_either(
            _first(received, "cached_tokens"),
            _first(value, "cache_read_input_tokens", "prompt_cache_hit_tokens", "cached_tokens"),
        ),
        cache_write_tokens=_either(
            _first(received, "cache_write_tokens", "cache_creation_tokens"),
            _first(value, "cache_creation_input_tokens"),
        ),
        reasoning_tokens=_either(
            _first(given, "reasoning_tokens"), _first(value, "reasoning_tokens")
        ),
    )
    counts = inclusive(reported, span_type)
    if not counts.is_known:
        return None
    found = {
        f"{part}.{side}": count
        for side, details in (("input", received), ("output", given))
        for part in _PARTS
        if (count := _first(details, f"{part}_tokens"))
    }
    return TokenUsage(counts, found)


def _details(value: Mapping[str, Any], names: tuple[str, ...]) -> Mapping[str, Any]:
    found = next((value[name] for name in names if isinstance(value.get(name), Mapping)), None)
    return found or {}


def _first(value: Mapping[str, Any], *names: str) -> int | None:
    for name in names:
        count = value.get(name)
        if isinstance(count, int) and not isinstance(count, bool) and count >= 0:
            return count
    return None


def _either(one: int | None, other: int | None) -> int | None:
    return other if one is None else one
