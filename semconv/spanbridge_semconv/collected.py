"""What the processor generated for the Collector writes, and how that is read again.

It writes what Python reads from a span, and leaves the emitter's other attributes where they are. A
rule of the emitter's dialect would take what was written for the emitter's word (and add cached
tokens once more), or infer something from it that the span did not say. So a concept that the
processor writes is what its attribute says and nothing else, unless the processor itself says that
it left the attribute alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import dropwhile
from typing import Final

from spanbridge_semconv._generated.concepts import CONCEPTS
from spanbridge_semconv._generated.sources import SOURCES
from spanbridge_semconv.model import COLLECTED, UNTRANSLATED, Canonical, Concept, Source

_INPUT: Final = "gen_ai.usage.input_tokens"
"""Where one count cannot be read the processor leaves all of them, this one among them."""


def written_as(concept: Concept) -> str:
    """The attribute a concept is written to; ``""`` for what only helps to find others."""
    if concept.gen_ai:
        return concept.gen_ai
    return f"spanbridge.{concept.name}" if concept.name in Canonical.__slots__ else ""


def is_read(concept: Concept) -> bool:
    """Whether the processor reads a concept, to write it or to find what it writes."""
    if concept.kind == "detail":
        return concept.type not in ("list", "map") and concept.gen_ai.startswith("gen_ai.")
    return concept.kind != "alias"


def written_source(concept: Concept) -> Source | None:
    """The source that reads what the processor wrote; None where nothing is to be read."""
    name = written_as(concept)
    if not name or concept.name == "total_tokens":
        return None
    return Source("", "key", name, transform="seconds" if concept.type == "duration" else "text")


def is_written(source: Source) -> bool:
    """Whether a source is one of :func:`written_source`."""
    return source.dialect == ""


def marks() -> dict[str, str]:
    """By concept: the text in :data:`UNTRANSLATED` that says it was left alone."""
    return {c.name: f'"{written_as(c) or _INPUT}"' for c in CONCEPTS if is_read(c)}


def _sources(concept: Concept) -> tuple[Source, ...]:
    written = written_source(concept)
    last = dropwhile(lambda source: source.origin != "concept", SOURCES[concept.name])
    return (*([written] if written else ()), *last)


_MARKS: Final[Mapping[str, str]] = marks()
_SOURCES: Final[Mapping[str, tuple[Source, ...]]] = {
    concept.name: _sources(concept) for concept in CONCEPTS if is_read(concept)
}


NOTES: Final = frozenset(
    {COLLECTED, UNTRANSLATED}
    | {written_as(c) for c in CONCEPTS if is_read(c) and written_as(c).startswith("spanbridge.")}
)
"""Attributes that only the processor writes."""


def sources(untranslated: str) -> Mapping[str, tuple[Source, ...]]:
    """The sources of the concepts that the processor has written, by concept.

    Args:
        untranslated: the text of :data:`spanbridge_semconv.model.UNTRANSLATED`.
    """
    if not untranslated:
        return _SOURCES
    return {name: some for name, some in _SOURCES.items() if _MARKS[name] not in untranslated}
