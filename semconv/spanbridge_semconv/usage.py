"""Token counts made comparable: input with cache, output with reasoning, whatever the emitter did.

The emitter's own total tells what its counts leave out. ``left_out`` is that total minus input and
output: if it equals the cached tokens, the input was without them; if it equals the reasoning
tokens, the output was; if it equals both together, both were. Cached tokens that exceed the input,
or reasoning tokens that exceed the output, cannot be part of it. Where the total does not tell,
what is known of the emitter does. Input and output that are both 0 mean that the emitter counted
nothing.
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


def inclusive(
    reported: Usage,
    span_type: str,
    fresh_input: int | None = None,
    visible_output: int | None = None,
) -> Usage:
    """Turn counts as reported into canonical ones.

    Args:
        reported: what the emitter wrote, ``total_tokens`` included.
        span_type: the total of embeddings and reranking is their input.
        fresh_input: input tokens where the emitter is known to leave out cached ones; goes before
            those in ``reported``.
        visible_output: the same for output tokens and reasoning.
    """
    total_input = reported.input_tokens if fresh_input is None else fresh_input
    total_output = reported.output_tokens if visible_output is None else visible_output
    if total_input == 0 and total_output == 0:
        return Usage()
    cached = (reported.cache_read_tokens or 0) + (reported.cache_write_tokens or 0)
    reasoning = reported.reasoning_tokens or 0
    left_out = _left_out(reported.total_tokens, total_input, total_output)
    decided = left_out in (0, cached, reasoning, cached + reasoning)
    without_reasoning = left_out in (reasoning, cached + reasoning) and reasoning > 0
    without_cache = left_out == cached + reasoning or (left_out == cached and left_out != reasoning)

    if total_input is not None and (
        (fresh_input is not None and not decided)
        or cached > total_input
        or (without_cache and cached > 0)
    ):
        total_input += cached
    if total_output is not None and (
        (visible_output is not None and not decided)
        or reasoning > total_output
        or without_reasoning
    ):
        total_output += reasoning
    return Usage(
        input_tokens=total_input,
        output_tokens=total_output,
        total_tokens=_total(total_input, total_output, span_type),
        cache_read_tokens=reported.cache_read_tokens,
        cache_write_tokens=reported.cache_write_tokens,
        reasoning_tokens=reported.reasoning_tokens,
    )


def _left_out(total: int | None, total_input: int | None, total_output: int | None) -> int | None:
    if total is None or total_input is None or total_output is None:
        return None
    return total - total_input - total_output


def _total(total_input: int | None, total_output: int | None, span_type: str) -> int | None:
    if span_type in INPUT_ONLY_TYPES:
        return total_input
    if total_input is None or total_output is None:
        return None
    return total_input + total_output
