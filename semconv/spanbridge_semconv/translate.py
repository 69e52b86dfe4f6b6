"""From a span in any dialect to the canonical model.

The rules are data (``registry/*.yaml``); this is the machine that reads them. For each concept the
sources are asked in order of precedence; the first that has a text decides. The ClickHouse
compiler gives the same rules the same meaning.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from spanbridge_semconv import jsontext
from spanbridge_semconv._generated.concepts import CONCEPTS
from spanbridge_semconv._generated.dialects import DIALECTS
from spanbridge_semconv._generated.sources import SOURCES
from spanbridge_semconv._generated.vocabularies import VOCABULARIES
from spanbridge_semconv.jsonshape import ELEMENT, shapes
from spanbridge_semconv.model import EVERY, Canonical, Concept, Source, SpanView, When
from spanbridge_semconv.patterns import any_fits, matcher, regex
from spanbridge_semconv.text import ascii_lower, attribute_text
from spanbridge_semconv.usage import Usage, inclusive

_COUNT: Final = re.compile("(?=.{1,18}$)[+]?[0-9]+")
"""The largest count has 18 digits, so that sums of them stay within 64 bits."""
_DIGITS: Final = {"seconds": 9, "milliseconds": 6}
"""How many decimal places down to nanoseconds."""
_NO_TEXTS: Final = ("", "[]")
_DECIMAL: Final = re.compile("([0-9]{1,12})(?:[.]([0-9]{1,18}))?")


def translate(span: SpanView) -> Canonical:
    """Read the canonical concepts off a span. Never raises on any content of the span."""
    reader = _Reader(span)
    dialect = reader.dialect()
    if not dialect:
        return Canonical()
    reader.found["dialect"] = dialect
    for concept in CONCEPTS:
        reader.found[concept.name] = _FINDERS[concept.type](reader, concept)
    reported = Usage(
        input_tokens=reader.found["input_tokens"],
        output_tokens=reader.found["output_tokens"],
        total_tokens=reader.found.pop("reported_total"),
        cache_read_tokens=reader.found["cache_read_tokens"],
        cache_write_tokens=reader.found["cache_write_tokens"],
        reasoning_tokens=reader.found["reasoning_tokens"],
    )
    usage = inclusive(reported, reader.found["span_type"], reader.exclusive_input())
    reader.found.update({name: getattr(usage, name) for name in Usage.__dataclass_fields__})
    return Canonical(**reader.found)


class _Reader:
    """A span, and what was found on it so far."""

    def __init__(self, span: SpanView) -> None:
        self.span = span
        self.found: dict[str, Any] = {}

    def attribute(self, key: str) -> str:
        return _as_text(self.span.attributes.get(key, ""))

    def dialect(self) -> str:
        """The dialect that claims the span: by scope, else by resource, else by key.

        A scope that is named in full goes before one that fits a pattern.
        """
        for dialect in DIALECTS:
            if self.span.scope_name in dialect.scopes:
                return dialect.name
        for dialect in DIALECTS:
            if any_fits(dialect.scopes, (self.span.scope_name,)):
                return dialect.name
        for dialect in DIALECTS:
            if any(self.span.resource.get(key) in values for key, values in dialect.resources):
                return dialect.name
        for dialect in DIALECTS:
            if any_fits(dialect.keys, self.span.attributes):
                return dialect.name
        return ""

    def has(self, pattern: str) -> bool:
        """Whether an attribute that has a text fits the pattern."""
        if "{i}" in pattern or pattern.endswith("*"):
            fits = matcher(pattern)
            return any(fits(key) and self.attribute(key) != "" for key in self.span.attributes)
        return self.attribute(pattern) != ""

    def exclusive_input(self) -> bool:
        return any(self.holds(when) for dialect in DIALECTS for when in dialect.exclusive_input)

    def holds(self, when: When | None) -> bool:
        if when is None:
            return True
        span = self.span
        return (
            (not when.dialects or self.found["dialect"] in when.dialects)
            and (not when.status or span.status_code in when.status)
            and span.status_code not in when.not_status
            and (not when.scopes or any_fits(when.scopes, (span.scope_name,)))
            and not any_fits(when.not_scopes, (span.scope_name,))
            and (not when.has or any(map(self.has, when.has)))
            and not any(map(self.has, when.lacks))
            and all(self.attribute(key) in values for key, values in when.equals)
        )

    def texts(self, source: Source) -> list[str]:
        """The texts of a source, mapped; none that is empty or an empty JSON array."""
        if not self.holds(source.when):
            return []
        mapped = dict(source.map) if source.map is not None else None
        transform = _TRANSFORMS[source.transform]
        found = _ORIGINS[source.origin](self, source)
        texts = (transform(text) for text in found if text not in _NO_TEXTS)
        if mapped is not None:
            texts = (mapped.get(text, "") for text in texts)
        return [text for text in texts if text]


def _as_text(value: object) -> str:
    """Attributes are texts; a typed value that got here all the same is written as one."""
    return value if isinstance(value, str) else attribute_text(value)


def _key(reader: _Reader, source: Source) -> Iterator[str]:
    yield reader.attribute(source.name)


def _path(reader: _Reader, source: Source) -> Iterator[str]:
    yield from jsontext.read(reader.attribute(source.name), source.path, shapes()[source.name])


def _indexed(reader: _Reader, source: Source) -> Iterator[str]:
    pattern = re.compile(regex(source.name).removesuffix("$"))
    hits = [hit for key in reader.span.attributes if (hit := pattern.fullmatch(key))]
    for hit in sorted(hits, key=lambda hit: (int(hit[1]), hit[0])):
        yield reader.attribute(hit[0])


def _event(reader: _Reader, source: Source) -> Iterator[str]:
    for name, attributes in reader.span.events:
        if name == source.name:
            yield _as_text(attributes.get(str(source.path[0]), ""))


def _resource(reader: _Reader, source: Source) -> Iterator[str]:
    yield _as_text(reader.span.resource.get(source.name, ""))


def _span_name(reader: _Reader, source: Source) -> Iterator[str]:
    yield reader.span.span_name


def _concept(reader: _Reader, source: Source) -> Iterator[str]:
    yield reader.found[source.name]


def _value(reader: _Reader, source: Source) -> Iterator[str]:
    yield source.name


def _event_time(reader: _Reader, source: Source) -> Iterator[str]:
    """Nanoseconds from the start of the span to the first of the events."""
    start = reader.span.start_ns
    if start is None:
        return
    times = zip(reader.span.events, reader.span.event_times_ns, strict=False)
    delays = [time - start for (name, _), time in times if name in source.names]
    if (first := min((delay for delay in delays if delay >= 0), default=None)) is not None:
        yield str(first)


_ORIGINS: Final[Mapping[str, Callable[[_Reader, Source], Iterator[str]]]] = {
    "key": _key,
    "path": _path,
    "indexed": _indexed,
    "event": _event,
    "event_time": _event_time,
    "resource": _resource,
    "span_name": _span_name,
    "concept": _concept,
    "value": _value,
}


def _json_scalar(text: str) -> str:
    if text == "null":
        return ""
    if not text.startswith('"'):
        return text
    value = jsontext.parse(text)
    return value if isinstance(value, str) else text


def _before_slash(text: str) -> str:
    head, slash, _ = text.partition("/")
    return head if slash else ""


def _nanoseconds(text: str, digits: int) -> str:
    """A plain decimal number of 10**digits nanoseconds each; ``''`` if it is none."""
    parts = _DECIMAL.fullmatch(text)
    return parts[1] + (parts[2] or "")[:digits].ljust(digits, "0") if parts else ""


def _after_slash(text: str) -> str:
    head, slash, tail = text.partition("/")
    return tail if slash else head


_TRANSFORMS: Final[Mapping[str, Callable[[str], str]]] = {
    "text": str,
    "seconds": str,
    "milliseconds": str,
    "json_scalar": _json_scalar,
    "before_dot": lambda text: text.partition(".")[0],
    "before_slash": _before_slash,
    "after_slash": _after_slash,
    "first_word": lambda text: text.partition(" ")[0],
}


def _find_text(reader: _Reader, concept: Concept) -> str:
    for source in SOURCES[concept.name]:
        for text in reader.texts(source):
            # What the registry itself says is spelled right already.
            value = text if source.origin == "value" else spelled(concept.vocabulary, text)
            if value:
                return value
    return ""


def _find_count(reader: _Reader, concept: Concept) -> int | None:
    for source in SOURCES[concept.name]:
        if texts := reader.texts(source):
            return int(texts[0]) if _COUNT.fullmatch(texts[0]) else None
    return None


def _find_list(reader: _Reader, concept: Concept) -> tuple[str, ...]:
    for source in SOURCES[concept.name]:
        if texts := reader.texts(source):
            listed = [item for text in texts for item in _listed(source, text)]
            spelled_texts = (spelled(concept.vocabulary, item) for item in listed)
            return tuple(text for text in spelled_texts if text)
    return ()


def _listed(source: Source, text: str) -> list[str]:
    """A list may come as the JSON text of an array; only its scalars count."""
    if source.origin != "key" or not text.startswith("["):
        return [text]
    return jsontext.read(text, (EVERY,), {ELEMENT: {}})


def _find_duration(reader: _Reader, concept: Concept) -> int | None:
    for source in SOURCES[concept.name]:
        if texts := reader.texts(source):
            digits = _DIGITS.get(source.transform)
            text = texts[0] if digits is None else _nanoseconds(texts[0], digits)
            return int(text) if _COUNT.fullmatch(text) else None
    return None


_FINDERS: Final[Mapping[str, Callable[[_Reader, Concept], Any]]] = {
    "text": _find_text,
    "count": _find_count,
    "list": _find_list,
    "duration": _find_duration,
}


def spelled(vocabulary: str, text: str) -> str:
    """Bring a text into the spelling of a vocabulary; ``''`` if it is no value there."""
    if not vocabulary:
        return text
    table = VOCABULARIES[vocabulary]
    lowered = ascii_lower(text).removeprefix(table.strip_prefix)
    return table.aliases.get(lowered, lowered if table.keep else "")
