"""Token counts by the names that MLflow has for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_KEYS: Final[Mapping[str, str]] = {
    "input_tokens": "input_tokens",
    "output_tokens": "output_tokens",
    "total_tokens": "total_tokens",
    "cache_read_tokens": "cache_read_input_tokens",
    "cache_write_tokens": "cache_creation_input_tokens",
    "reasoning_tokens": "reasoning_tokens",
}
"""``reasoning_tokens`` is not MLflow's; output tokens include them."""


def usage_of(counts: Mapping[str, int | None] | None) -> dict[str, int] | None:
    """The counts of a trace document that were reported; None if none were."""
    if counts is None:
        return None
    return {key: n for name, key in _KEYS.items() if (n := counts[name]) is not None}
