"""From a span in any dialect to the canonical model.

The rules are data (``registry/*.yaml``); this is the machine that reads them. For each concept the
sources are asked in order of precedence; the first that has a text decides. The ClickHouse
compiler gives the same rules the same meaning.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import cache, cached_property
from typing import Any, Final

from spanbridge_semconv import collected, jsontext
from spanbridge_semconv._generated.concepts import CONCEPTS
from spanbridge_semconv._generated.dialects import DIALECTS
from spanbridge_semconv._generated.vocabularies import VOCABULARIES
from spanbridge_semconv.candidates import Candidates
from spanbridge_semconv.jsonshape import ELEMENT, ROOT, shape_of, steps
from spanbridge_semconv.model import (
    COLLECTED,
    EVERY,
    TRANSLATED,
    UNTRANSLATED,
    Canonical,
    Concept,
    Source,
    SpanView,
    When,
)
from spanbridge_semconv.patterns import (
    TIMESTAMP,
    fits_any,
    is_key,
    matcher,
    regex,
)
from spanbridge_semconv.recognition import recognised
from spanbridge_semconv.text import ascii_lower, attribute_text
from spanbridge_semconv.transforms import TRANSFORMS
from spanbridge_semconv.usage import Usage, inclusive

_COUNT: Final = re.compile("(?=.{1,18}$)[+]?[0-9]+")
"""The largest count has 18 digits, so that sums of them stay within 64 bits."""
_NAMES: Final = frozenset(dialect.name for dialect in DIALECTS)
_DIGITS: Final = {"seconds": 9, "milliseconds": 6}
"""How many decimal places down to nanoseconds."""
_NO_TEXTS: Final = ("", "[]")
_TIMESTAMP: Final = re.compile(TIMESTAMP)
_DECIMAL: Final = re.compile("([0-9]{1,12})(?:[.]([0-9]{1,18}))?")


def translate(span: SpanView) -> Canonical:
    """Read the canonical concepts off a span. Never raises on any content of the span."""
    reader = Reader(span)
    dialect = reader.dialect()
    if not dialect:
        return Canonical()
    found = reader.found
    found.update(_ABSENT, dialect=dialect)
    for concept in _READ:
        if concept.name in reader.candidates:
            found[concept.name] = _FINDERS[concept.type](reader, concept)
    reported = Usage(
        input_tokens=found["input_tokens"],
        output_tokens=found["output_tokens"],
        total_tokens=found.pop("reported_total"),
        cache_read_tokens=found["cache_read_tokens"],
        cache_write_tokens=found["cache_write_tokens"],
        reasoning_tokens=found["reasoning_tokens"],
    )
    usage = inclusive(
        reported, found["span_type"], found.pop("fresh_input"), found.pop("visible_output")
    )
    found.update({name: getattr(usage, name) for name in Usage.__dataclass_fields__})
    return Canonical(**found)


class Reader:
    """A span, and what was found on it so far."""

    def __init__(self, span: SpanView) -> None:
        self.span = span
        self.found: dict[str, Any] = {}
        self.documents: dict[str, Any] = {}
        self.translated = self._named(TRANSLATED)
        self.collected = self._named(COLLECTED)
        self.scope_name = "" if self.translated else span.scope_name

    @cached_property
    def candidates(self) -> Candidates:
        """The sources to ask, once the dialect was found."""
        written = collected.sources(self.attribute(UNTRANSLATED)) if self.collected else None
        span = self.span
        return Candidates(self.found["dialect"], span.attributes, bool(span.events), written)

    def attribute(self, key: str) -> str:
        """The text of an attribute, ``''`` if it is not there."""
        return _as_text(self.span.attributes.get(key, ""))

    def _named(self, key: str) -> str:
        """The dialect that an attribute names, ``''`` if it names none."""
        name = self.attribute(key)
        return name if name in _NAMES else ""

    def dialect(self) -> str:
        """The dialect that claims the span.

        One that was translated is of the dialect it was translated to, one that a Collector
        translated, of the dialect found there.
        """
        span = self.span
        named = self.translated or self.collected
        return named or recognised(self.scope_name, span.resource, span.attributes)

    def has(self, pattern: str) -> bool:
        """Whether an attribute that has a text fits the pattern."""
        if is_key(pattern):
            return self.attribute(pattern) != ""
        return any(
            self.attribute(key) != "" for key in filter(matcher(pattern), self.span.attributes)
        )

    def holds(self, when: When | None) -> bool:
        """Whether a condition holds."""
        if when is None:
            return True
        # Most conditions have one or two parts: what is not there costs a look, no call.
        if (
            (when.dialects and self.found["dialect"] not in when.dialects)
            or (when.status and self.span.status_code not in when.status)
            or self.span.status_code in when.not_status
            or (when.scopes and not fits_any(when.scopes, self.scope_name))
            or (when.not_scopes and fits_any(when.not_scopes, self.scope_name))
            or (when.has and not any(map(self.has, when.has)))
            or (when.lacks and any(map(self.has, when.lacks)))
        ):
            return False
        for key, values in when.equals:
            if self.attribute(key) not in values:
                return False
        for key, values in when.not_equals:
            if self.attribute(key) in values:
                return False
        return not when.ends or all(self.attribute(key).endswith(v) for key, v in when.ends)

    def texts(self, source: Source) -> list[str]:
        """The texts of a source, mapped; none that is empty or an empty JSON array."""
        if not self.holds(source.when):
            return []
        found = [text for text in _ORIGINS[source.origin](self, source) if text not in _NO_TEXTS]
        if not found:
            return found
        transform = TRANSFORMS[source.transform]
        texts = [transform(text, source) for text in found]
        if source.map is not None:
            mapped = dict(source.map)
            texts = [mapped.get(text, "") for text in texts]
        return [text for text in texts if text]


def _as_text(value: object) -> str:
    """Attributes are texts; a typed value that got here all the same is written as one."""
    return value if isinstance(value, str) else attribute_text(value)


def _key(reader: Reader, source: Source) -> Iterator[str]:
    yield reader.attribute(source.name)


def _path(reader: Reader, source: Source) -> Iterator[str]:
    yield from _document(reader, reader.attribute(source.name), source)


def _document(reader: Reader, text: str, source: Source) -> list[str]:
    """What a path leads to in a JSON text; each text is parsed once."""
    in_array = isinstance(source.path[0], int)
    if not text.startswith("[" if in_array else "{"):
        return []
    if text not in reader.documents:
        whole = f'{{"{ROOT}":{text}}}' if in_array else text
        reader.documents[text] = jsontext.parse(whole)
    return jsontext.scalars(reader.documents[text], steps(source.path), shape_of(source))


@cache
def _index_pattern(name: str) -> re.Pattern[str]:
    return re.compile(regex(name).removesuffix("$"))


def _indexed(reader: Reader, source: Source) -> Iterator[str]:
    pattern = _index_pattern(source.name)
    hits = [hit for key in reader.span.attributes if (hit := pattern.fullmatch(key))]
    for hit in sorted(hits, key=lambda hit: (int(hit[1]), hit[0])):
        yield reader.attribute(hit[0])


def _event(reader: Reader, source: Source) -> Iterator[str]:
    for name, attributes in reader.span.events:
        if name == source.name:
            yield _as_text(attributes.get(str(source.path[0]), ""))


def _event_path(reader: Reader, source: Source) -> Iterator[str]:
    for name, attributes in reader.span.events:
        if name == source.name:
            text = _as_text(attributes.get(source.names[0], ""))
            yield from _document(reader, text, source)


def _resource(reader: Reader, source: Source) -> Iterator[str]:
    yield _as_text(reader.span.resource.get(source.name, ""))


def _span_name(reader: Reader, source: Source) -> Iterator[str]:
    yield reader.span.span_name


def _concept(reader: Reader, source: Source) -> Iterator[str]:
    yield reader.found[source.name]


def _value(reader: Reader, source: Source) -> Iterator[str]:
    yield source.name


def _event_time(reader: Reader, source: Source) -> Iterator[str]:
    """Nanoseconds from the start of the span to the first of the events."""
    start = reader.span.start_ns
    if start is None:
        return
    times = zip(reader.span.events, reader.span.event_times_ns, strict=False)
    delays = [time - start for (name, _), time in times if name in source.names]
    if (first := min((delay for delay in delays if delay >= 0), default=None)) is not None:
        yield str(first)


_ORIGINS: Final[Mapping[str, Callable[[Reader, Source], Iterator[str]]]] = {
    "key": _key,
    "path": _path,
    "indexed": _indexed,
    "event": _event,
    "event_path": _event_path,
    "event_time": _event_time,
    "resource": _resource,
    "span_name": _span_name,
    "concept": _concept,
    "value": _value,
}


def _nanoseconds(text: str, digits: int) -> str:
    """A plain decimal number of 10**digits nanoseconds each; ``''`` if it is none."""
    parts = _DECIMAL.fullmatch(text)
    return parts[1] + (parts[2] or "")[:digits].ljust(digits, "0") if parts else ""


def _since(start_ns: int | None, text: str) -> str:
    """Nanoseconds from the start of the span to a time; ``''`` if it is none, or lies before."""
    hit = _TIMESTAMP.search(text)
    if hit is None or start_ns is None:
        return ""
    whole, _, fraction = hit[1].partition(".")
    try:
        seconds = datetime.fromisoformat(f"{whole}+00:00").timestamp()
    except ValueError:
        return ""
    delay = int(seconds) * 10**9 + int(fraction.ljust(9, "0")) - start_ns
    return str(delay) if delay >= 0 else ""


def find_text(reader: Reader, concept: Concept) -> str:
    """The first text of a concept's sources, spelled."""
    for source in reader.candidates.of(concept.name):
        for text in reader.texts(source):
            # What the registry itself says is spelled right already.
            value = text if source.origin == "value" else spelled(concept.vocabulary, text)
            if value:
                return value
    return ""


def find_count(reader: Reader, concept: Concept) -> int | None:
    """The count of the first of a concept's sources that has a text."""
    for source in reader.candidates.of(concept.name):
        if texts := reader.texts(source):
            return int(texts[0]) if _COUNT.fullmatch(texts[0]) else None
    return None


def _find_list(reader: Reader, concept: Concept) -> tuple[str, ...]:
    for source in reader.candidates.of(concept.name):
        if texts := reader.texts(source):
            items = [item for text in texts for item in listed(source, text)]
            spelled_texts = (spelled(concept.vocabulary, item) for item in items)
            return tuple(text for text in spelled_texts if text)
    return ()


def listed(source: Source, text: str) -> list[str]:
    """A list may come as the JSON text of an array; only its scalars count."""
    if source.origin != "key" or not text.startswith("["):
        return [text]
    return jsontext.read(text, (EVERY,), {ELEMENT: {}})


def _find_duration(reader: Reader, concept: Concept) -> int | None:
    for source in reader.candidates.of(concept.name):
        if texts := reader.texts(source):
            text = texts[0]
            if source.transform == "timestamp":
                text = _since(reader.span.start_ns, text)
            elif source.transform in _DIGITS:
                text = _nanoseconds(text, _DIGITS[source.transform])
            return int(text) if _COUNT.fullmatch(text) else None
    return None


_FINDERS: Final[Mapping[str, Callable[[Reader, Concept], Any]]] = {
    "text": find_text,
    "count": find_count,
    "list": _find_list,
    "duration": _find_duration,
}


_READ: Final = tuple(concept for concept in CONCEPTS if concept.kind != "detail")
_NOTHING: Final = {"text": "", "list": ()}
_ABSENT: Final = {concept.name: _NOTHING.get(concept.type) for concept in _READ}
"""What is found of a concept that a span has no source for."""


def spelled(vocabulary: str, text: str) -> str:
    """Bring a text into the spelling of a vocabulary; ``''`` if it is no value there."""
    if not vocabulary:
        return text
    table = VOCABULARIES[vocabulary]
    lowered = ascii_lower(text).removeprefix(table.strip_prefix)
    return table.aliases.get(lowered, lowered if table.keep else "")
