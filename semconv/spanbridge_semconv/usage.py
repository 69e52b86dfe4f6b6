"""Token counts made comparable: input with cache, output with reasoning, whatever the emitter did.

The emitter's own total tells what its counts leave out. ``left_out`` is that total minus input and
output: if it equals the cached tokens, the input was without them; if it equals the reasoning
tokens, the output was; if it equals both together, both were. Cached tokens that exceed the input,
or reasoning tokens that exceed the output, cannot be part of it. Input and output that are both 0
mean that the emitter counted nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from spanbridge_semconv.model import INPUT_ONLY_TYPES


@dataclass(frozen=True, slots=True)
class Usage:
    """Token counts of one span; None where the emitter said nothing."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    total_tokens: int | None = None
    cache_read_tokens: int | None = None
    cache_write_tokens: int | None = None
    reasoning_tokens: int | None = None

    @property
    def is_known(self) -> bool:
        """Whether the emitter counted anything."""
        return self.input_tokens is not None or self.output_tokens is not None


def inclusive(reported: Usage, span_type: str, exclusive_input: bool) -> Usage:
    """Turn counts as reported into canonical ones.

    Args:
        reported: what the emitter wrote, ``total_tokens`` included.
        span_type: the total of embeddings and reranking is their input.
        exclusive_input: the emitter is known to report input without cached tokens.
    """
    if reported.input_tokens == 0 and reported.output_tokens == 0:
        return Usage()
    cached = (reported.cache_read_tokens or 0) + (reported.cache_write_tokens or 0)
    reasoning = reported.reasoning_tokens or 0
    left_out = _left_out(reported)
    without_reasoning = left_out in (reasoning, cached + reasoning) and reasoning > 0
    without_cache = left_out == cached + reasoning or (left_out == cached and left_out != reasoning)

    total_input = reported.input_tokens
    if total_input is not None and (
        exclusive_input or cached > total_input or (without_cache and cached > 0)
    ):
        total_input += cached
    total_output = reported.output_tokens
    if total_output is not None and (reasoning > total_output or without_reasoning):
        total_output += reasoning
    return Usage(
        input_tokens=total_input,
        output_tokens=total_output,
        total_tokens=_total(total_input, total_output, span_type),
        cache_read_tokens=reported.cache_read_tokens,
        cache_write_tokens=reported.cache_write_tokens,
        reasoning_tokens=reported.reasoning_tokens,
    )


def _left_out(reported: Usage) -> int | None:
    if (
        reported.total_tokens is None
        or reported.input_tokens is None
        or reported.output_tokens is None
    ):
        return None
    return reported.total_tokens - reported.input_tokens - reported.output_tokens


def _total(total_input: int | None, total_output: int | None, span_type: str) -> int | None:
    if span_type in INPUT_ONLY_TYPES:
        return total_input
    if total_input is None or total_output is None:
        return None
    return total_input + total_output
