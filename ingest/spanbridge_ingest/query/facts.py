"""Tags and metadata of a trace, gathered from its spans. Pure.

Emitters put them on the span at hand, so every span is asked; the earliest span that names a key
wins.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from spanbridge_semconv.messages.jsontext import parse_result

_TAG_PREFIX: Final = "mlflow.traceTag."


def tags(spans: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Tags by key, from span documents; a tag that is only a word has the value ``""``."""
    found: dict[str, Any] = {}
    for span in spans:
        for key, value in span["attributes"].items():
            if key.startswith(_TAG_PREFIX):
                found.setdefault(key[len(_TAG_PREFIX) :], parse_result(value))
        for word in span["details"].get("tags", ()):
            found.setdefault(word, "")
    return found


def metadata(spans: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Metadata by key, from span documents."""
    found: dict[str, Any] = {}
    for span in spans:
        for key, value in span["details"].get("metadata", {}).items():
            found.setdefault(key, value)
    return found
