"""Tags and metadata of a trace, gathered from its spans. Pure.

Emitters put them on the span at hand, so every span is asked; the earliest span that names a key
wins.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from spanbridge_ingest.query.values import Attributes, to_json
from spanbridge_semconv.messages.jsontext import parse_container, parse_result

_TAG_PREFIX: Final = "mlflow.traceTag."
_TAG_LISTS: Final = frozenset({"tag.tags"})
_METADATA_PREFIXES: Final = ("traceloop.association.properties.", "mlflow.traceMetadata.")
_METADATA_OBJECTS: Final = frozenset({"metadata"})


def tags(spans: Iterable[Attributes]) -> dict[str, Any]:
    """Tags by key; a tag that is only a word has the value ``""``."""
    found: dict[str, Any] = {}
    for attributes in spans:
        for key, value in attributes:
            if key.startswith(_TAG_PREFIX):
                found.setdefault(key[len(_TAG_PREFIX) :], parse_result(to_json(value)))
            elif key in _TAG_LISTS and isinstance(value, tuple):
                for word in value:
                    if isinstance(word, str):
                        found.setdefault(word, "")
    return found


def metadata(spans: Iterable[Attributes]) -> dict[str, Any]:
    """Metadata by key, typed as it was sent."""
    found: dict[str, Any] = {}
    for attributes in spans:
        for key, value in attributes:
            for prefix in _METADATA_PREFIXES:
                if key.startswith(prefix):
                    found.setdefault(key[len(prefix) :], parse_result(to_json(value)))
            if key in _METADATA_OBJECTS:
                spelled = parse_container(to_json(value))
                if isinstance(spelled, dict):
                    for name, item in spelled.items():
                        found.setdefault(name, item)
    return found
