"""What the registry knows of attribute keys, turned around: from a key to what it says."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from spanbridge_semconv._generated.concepts import CONCEPTS
from spanbridge_semconv._generated.sources import SOURCES
from spanbridge_semconv.model import Concept, Source
from spanbridge_semconv.translate import Reader, listed, spelled

BY_NAME: Final[Mapping[str, Concept]] = {concept.name: concept for concept in CONCEPTS}

COUNTED: Final = (
    *("input_tokens", "output_tokens", "total_tokens"),
    *("cache_read_tokens", "cache_write_tokens", "reasoning_tokens"),
    *("audio_input_tokens", "audio_output_tokens"),
)
"""Concepts that say how much was used."""

_USAGE: Final = (*COUNTED, "reported_total", "fresh_input", "visible_output")
_LOSSLESS: Final = ("text", "json_scalar", "seconds", "milliseconds", "comma_list")
_USAGE_NAME: Final = re.compile("usage|token", re.IGNORECASE)
_USAGE_SPACES: Final = ("gen_ai.usage.", "llm.token_count.", "llm.usage.", "ai.usage.")
_USAGE_METRIC: Final = "gen_ai.client.token.usage"
"""A metric; some emitters write its value as an attribute of spans."""
_MODALITIES: Final = re.compile(r"gen_ai\.usage\.(text|image|audio)\..+")


_PAYLOADS: Final = frozenset(
    source.name for concept in ("input", "output") for source in SOURCES[concept]
)


def _sources_by_key(wanted: Callable[[Source], bool]) -> dict[str, list[tuple[str, Source]]]:
    found: dict[str, list[tuple[str, Source]]] = {}
    for concept, sources in SOURCES.items():
        for source in filter(wanted, sources):
            # What a condition keeps from being read agrees all the same.
            found.setdefault(source.name, []).append((concept, replace(source, when=None)))
    return found


def _is_lossless(source: Source) -> bool:
    return source.origin == "key" and source.transform in _LOSSLESS


def _is_movable(source: Source) -> bool:
    """Whether the attribute that a source reads may move: not the payload of a span."""
    return source.origin in ("key", "path") and source.name not in _PAYLOADS


def _named(concepts: tuple[str, ...]) -> frozenset[str]:
    """Keys that hold nothing but the concepts: their own, or JSON texts about usage."""
    return frozenset(
        source.name
        for concept in concepts
        for source in SOURCES.get(concept, ())
        if source.origin == "key" or (source.origin == "path" and _USAGE_NAME.search(source.name))
    )


_BY_KEY: Final = _sources_by_key(_is_lossless)
_SPEAKING: Final = _sources_by_key(_is_movable)
_USAGE_KEYS: Final = _named(_USAGE) | {_USAGE_METRIC}
COST_KEYS: Final = _named(("reported_cost",)) | {"mlflow.llm.cost"}
"""Attributes with the cost the emitter computed."""


HINTS: Final = frozenset({"mlflow.message.format", "graph.node.id", "graph.node.name"})
"""Attributes that hint at a concept and say something else: the format, a place in a graph."""


def is_usage(key: str) -> bool:
    """Whether an attribute is about token counts and about nothing else."""
    return key in _USAGE_KEYS or (key.startswith(_USAGE_SPACES) and key not in COST_KEYS)


def is_modality(key: str) -> bool:
    """Whether an attribute is one of OpenTelemetry's counts by modality, parts of other counts."""
    return _MODALITIES.fullmatch(key) is not None


def agreeing(reader: Reader, key: str, values: Mapping[str, object]) -> set[str]:
    """The concepts of which an attribute says what was found, ``reported_total`` included.

    Args:
        reader: the span.
        key: the attribute.
        values: what was found on the span, by concept.
    """
    found: set[str] = set()
    for name, source in _BY_KEY.get(key, ()):
        wanted = values.get("total_tokens" if name == "reported_total" else name)
        if wanted is not None and _says(reader, BY_NAME[name], source) == wanted:
            found.add(name)
    return found


def speakers(reader: Reader, name: str, value: object) -> set[str]:
    """The attributes of a span that say that a concept has the value."""
    return {
        key
        for key in reader.span.attributes
        for concept, source in _SPEAKING.get(key, ())
        if concept == name and _says(reader, BY_NAME[name], source) == value
    }


def _says(reader: Reader, concept: Concept, source: Source) -> object:
    """The value of a concept according to one source, None if there is none."""
    texts = reader.texts(source)
    if not texts:
        return None
    if concept.type == "list":
        items = [item for text in texts for item in listed(source, text)]
        return tuple(text for item in items if (text := spelled(concept.vocabulary, item)))
    text = spelled(concept.vocabulary, texts[0]) if source.map is None else texts[0]
    if concept.type in ("count", "number"):
        try:
            return float(text)
        except ValueError:
            return None
    if concept.type == "flag":
        return {"true": True, "false": False}.get(text.lower())
    if concept.type == "duration":
        return _nanoseconds(text, source)
    return text


def _nanoseconds(text: str, source: Source) -> int | None:
    scale = {"seconds": 10**9, "milliseconds": 10**6}.get(source.transform, 1)
    try:
        return round(float(text) * scale)
    except (ValueError, OverflowError):
        return None
