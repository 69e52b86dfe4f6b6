"""The values that pass through the bridge, and the rules it is made of.

:class:`SpanView` goes in, :class:`Canonical` comes out. The rule classes (:class:`Source`,
:class:`When`, ...) are what the generator writes into ``_generated``; the Python translator and the
ClickHouse compiler both read them, so that a rule has one meaning.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

CALL_TYPES: Final = frozenset({"LLM", "CHAT_MODEL", "EMBEDDING", "RERANKER"})
"""Span types that stand for a request to a model."""

TRANSLATED: Final = "spanbridge.dialect"
"""The attribute of a translated span that names the dialect it was translated to.

The scope of such a span tells who emitted it, and nothing about its attributes any more.
"""

COLLECTED: Final = "spanbridge.source_dialect"
"""The attribute that names the dialect of a span the generated processor translated in a Collector.

What the emitter wrote is still there; :mod:`spanbridge_semconv.collected` says what to believe.
"""

UNTRANSLATED: Final = "spanbridge.untranslated"
"""The attribute that lists, as a JSON array, what the processor left as the emitter wrote it."""

EVERY: Final = -1
"""In a path: every element of the array."""

INPUT_ONLY_TYPES: Final = frozenset({"EMBEDDING", "RERANKER"})
"""Span types whose total is the input alone: the model generates no tokens."""


@dataclass(frozen=True, slots=True)
class SpanView:
    """What the bridge may look at: the columns of one row of ``otel_traces``.

    All attribute values are text, as :func:`spanbridge_semconv.text.attribute_text` writes them. If
    an emitter repeats a key, the first value counts, so build ``attributes`` first-wins.
    ``span_kind`` and ``status_code`` are the exporter's words (``'Client'``, ``'Error'``).
    ``event_times_ns`` runs parallel to ``events``; it may be empty, then nothing is derived from
    the times of events.
    """

    attributes: Mapping[str, str]
    scope_name: str = ""
    span_name: str = ""
    span_kind: str = "Unspecified"
    status_code: str = "Unset"
    status_message: str = ""
    events: Sequence[tuple[str, Mapping[str, str]]] = ()
    resource: Mapping[str, str] = field(default_factory=dict)
    start_ns: int | None = None
    event_times_ns: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Canonical:
    """One span in the canonical model. Absent is ``''``, ``()`` or ``None``, never 0.

    Tokens: ``input_tokens`` includes what was read from and written to a cache, ``output_tokens``
    includes reasoning. ``dialect`` and ``span_type`` are ``''`` if the span is not a GenAI span,
    and then everything else is absent too.
    """

    dialect: str = ""
    span_type: str = ""
    operation: str = ""
    provider: str = ""
    request_model: str = ""
    response_model: str = ""
    response_id: str = ""
    input_tokens: int | None = None
    output_tokens: int | None = None
    total_tokens: int | None = None
    cache_read_tokens: int | None = None
    cache_write_tokens: int | None = None
    reasoning_tokens: int | None = None
    finish_reasons: tuple[str, ...] = ()
    agent_name: str = ""
    tool_name: str = ""
    tool_call_id: str = ""
    conversation_id: str = ""
    user_id: str = ""
    time_to_first_token_ns: int | None = None
    error_type: str = ""
    call_part: str = ""
    input: str = ""
    output: str = ""


ConceptType = Literal["text", "count", "list", "duration", "number", "flag", "map"]
ConceptKind = Literal["materialized", "alias", "detail"]
From = Literal[
    "key",
    "path",
    "indexed",
    "prefix",
    "event",
    "event_path",
    "event_time",
    "resource",
    "span_name",
    "concept",
    "value",
]
Transform = Literal[
    "text",
    "json_scalar",
    "before_dot",
    "before_slash",
    "after_slash",
    "first_word",
    "after_space",
    "model_prefix",
    "error_name",
    "member",
    "comma_list",
    "url_host",
    "url_port",
    "seconds",
    "milliseconds",
    "timestamp",
]


@dataclass(frozen=True, slots=True)
class When:
    """A condition; every part that is given must hold.

    ``has`` wants at least one of its keys to be there, ``lacks`` none. A key is there if its
    attribute has a text; a pattern (a prefix ending in ``*``, or with ``{i}`` for an index) stands
    for any key that fits. ``equals`` wants each of its attributes to be one of the texts, where
    ``''`` also stands for an attribute that is not there; ``not_equals`` wants none of its to be;
    ``ends`` wants each of its attributes to end in one of the texts.
    """

    dialects: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    not_scopes: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    not_status: tuple[str, ...] = ()
    has: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    equals: tuple[tuple[str, tuple[str, ...]], ...] = ()
    not_equals: tuple[tuple[str, tuple[str, ...]], ...] = ()
    ends: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def compared(self) -> tuple[str, ...]:
        """The keys of the attributes whose texts matter."""
        return tuple(key for key, _ in (*self.equals, *self.not_equals, *self.ends))


@dataclass(frozen=True, slots=True)
class Source:
    """One place a concept may be read from.

    ``origin`` says what ``name`` is: an attribute key (``key``, ``path``), a key pattern with
    ``{i}`` (``indexed``), what keys start with (``prefix``), an event (``event``, with the
    attribute in ``path[0]``), an event with JSON in an attribute (``event_path``, the attribute in
    ``names[0]``), event names (``event_time``), a resource key, another concept, or the
    value itself. ``path`` is the way into a JSON text: member names and zero-based indices; ``-1``
    stands for every element. ``member`` is the name the transform of that name looks for.
    """

    dialect: str
    origin: From
    name: str
    path: tuple[str | int, ...] = ()
    names: tuple[str, ...] = ()
    transform: Transform = "text"
    member: str = ""
    map: tuple[tuple[str, str], ...] | None = None
    when: When | None = None


@dataclass(frozen=True, slots=True)
class Concept:
    """A canonical concept. ``column`` is ``''`` for what only helps to find other concepts.

    ``gen_ai``, ``mlflow`` and ``openinference`` are its attributes in the dialects spans are
    translated to, ``''`` where a dialect has none.

    A ``detail`` is read in Python alone, when somebody looks at the span.
    """

    name: str
    type: ConceptType
    column: str
    column_type: str
    codec: str
    kind: ConceptKind
    vocabulary: str
    gen_ai: str
    mlflow: str
    openinference: str
    unit: str
    description: str


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Canonical spellings.

    ``aliases`` maps lower-case text to a spelling, or to ``''`` for what is no value at all;
    ``keep`` says whether text that is not listed stays (in lower case).
    """

    name: str
    strip_prefix: str
    keep: bool
    aliases: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Dialect:
    """How spans of one dialect are recognised.

    ``versions`` says which of it have rules here; ``ignored`` are keys of the dialect that say
    nothing of a concept.
    """

    name: str
    title: str
    scopes: tuple[str, ...] = ()
    resources: tuple[tuple[str, tuple[str, ...]], ...] = ()
    keys: tuple[str, ...] = ()
    versions: str = ""
    ignored: tuple[str, ...] = ()
