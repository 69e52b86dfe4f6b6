"""What a span says beyond the columns: request parameters, prompts, agents, tags, metadata.

These concepts are read in Python, when somebody looks at the span or translates it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from spanbridge_semconv import translate
from spanbridge_semconv._generated.concepts import CONCEPTS
from spanbridge_semconv._generated.dialects import DIALECTS
from spanbridge_semconv.messages.jsontext import parse_container, parse_result
from spanbridge_semconv.model import Concept, Source, SpanView
from spanbridge_semconv.patterns import fitting
from spanbridge_semconv.text import ascii_lower

Details = dict[str, Any]
_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,18}(?:[.][0-9]{1,18})?(?:[eE][+-]?[0-9]{1,3})?")
_is_ignored: Final = fitting(pattern for dialect in DIALECTS for pattern in dialect.ignored)
_FLAGS: Final = {"true": True, "false": False}


def details(span: SpanView, typed: Mapping[str, object] | None = None) -> Details:
    """The detail concepts of a span by name; those it does not have are left out.

    Args:
        span: the span, as :func:`spanbridge_semconv.translate` takes it.
        typed: the span's attributes as they were sent, so that the members of maps keep their
            types; without it they are texts.

    Returns:
        ``str``, ``int``, ``float``, ``bool``, a list of ``str``, or a ``dict``, by the concept's
        type. Empty if the span is not a GenAI span.
    """
    reader = translate.Reader(span)
    dialect = reader.dialect()
    if not dialect:
        return {}
    reader.found["dialect"] = dialect
    values = span.attributes if typed is None else typed
    found: Details = {}
    for concept in CONCEPTS:
        if concept.kind == "detail" and concept.name in reader.candidates:
            value = _FINDERS[concept.type](reader, concept, values)
            if value not in (None, "", (), {}, []):
                found[concept.name] = value
    return found


def _text(reader: translate.Reader, concept: Concept, _: Mapping[str, object]) -> str:
    return translate.find_text(reader, concept)


def _count(reader: translate.Reader, concept: Concept, _: Mapping[str, object]) -> int | None:
    return translate.find_count(reader, concept)


def _number(
    reader: translate.Reader, concept: Concept, _: Mapping[str, object]
) -> int | float | None:
    text = translate.find_text(reader, concept)
    if not _NUMBER.fullmatch(text):
        return None
    value = float(text)
    return int(value) if text.lstrip("+-").isdigit() else value


def _flag(reader: translate.Reader, concept: Concept, _: Mapping[str, object]) -> bool | None:
    return _FLAGS.get(ascii_lower(translate.find_text(reader, concept)))


def _list(reader: translate.Reader, concept: Concept, _: Mapping[str, object]) -> list[str]:
    for source in reader.candidates.of(concept.name):
        if texts := reader.texts(source):
            found = [item for text in texts for item in _split(source, text)]
            return list(dict.fromkeys(item for item in found if item))
    return []


def _split(source: Source, text: str) -> list[str]:
    if source.transform == "comma_list" and not text.startswith("["):
        return [item.strip() for item in text.split(",")]
    return translate.listed(source, text)


def _map(
    reader: translate.Reader, concept: Concept, values: Mapping[str, object]
) -> dict[str, object]:
    """Members of all sources together; the first that has a name decides."""
    found: dict[str, object] = {}
    for source in reader.candidates.of(concept.name):
        if not reader.holds(source.when):
            continue
        if source.origin == "prefix":
            for key in [key for key in values if key.startswith(source.name)]:
                name, value = key[len(source.name) :], values[key]
                if name and value != "" and not _is_ignored(key):
                    found.setdefault(name, parse_result(value))
        else:
            spelled = parse_container(values.get(source.name))
            if isinstance(spelled, Mapping):
                for name, value in spelled.items():
                    found.setdefault(str(name), value)
    return found


_FINDERS: Final[
    Mapping[str, Callable[[translate.Reader, Concept, Mapping[str, object]], object]]
] = {
    "text": _text,
    "count": _count,
    "number": _number,
    "flag": _flag,
    "list": _list,
    "map": _map,
}
