"""Everything a filter can name: a closed set.

A field is asked of the trace (it has one value, or none), or of its spans, its tags, its metadata
or its assessments (by a key). ``FIELDS`` has the canonical names, as they are printed; other
spellings lead to them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from spanbridge_ingest.query.search.nodes import Field


class Type(Enum):
    """What a field is compared with."""

    TEXT = "text"
    STATUS = "one of a few words"
    NUMBER = "number"
    TIME = "time"
    ANY = "text, number or true/false"
    CONTENT = "text, by pattern"


EQUALITY: Final = ("=", "!=", "IN", "NOT IN")
ORDER: Final = (">", ">=", "<", "<=")
PATTERNS: Final = ("LIKE", "NOT LIKE", "ILIKE", "NOT ILIKE", "RLIKE", "NOT RLIKE")
ABSENCE: Final = ("IS NULL", "IS NOT NULL")

OPERATORS: Final[Mapping[Type, tuple[str, ...]]] = {
    Type.TEXT: EQUALITY + PATTERNS + ABSENCE,
    Type.STATUS: EQUALITY,
    Type.NUMBER: EQUALITY + ORDER + ABSENCE,
    Type.TIME: EQUALITY + ORDER,
    Type.ANY: EQUALITY + ORDER + PATTERNS + ABSENCE,
    # NOT before the comparison says more clearly that nothing matches.
    Type.CONTENT: ("LIKE", "ILIKE", "RLIKE"),
}


@dataclass(frozen=True, slots=True)
class Spec:
    """A field: what it is compared with and what it means; ``words`` are all it can be."""

    type: Type
    meaning: str
    keyed: bool = False
    words: tuple[str, ...] = ()


TRACE_STATES: Final = ("OK", "ERROR", "IN_PROGRESS")
SPAN_STATUSES: Final = ("UNSET", "OK", "ERROR")

_TRACE: Final[Mapping[str, Spec]] = {
    "trace_id": Spec(Type.TEXT, "the trace id, with or without `tr-`"),
    "name": Spec(Type.TEXT, "the name of the root span; of the first span while there is no root"),
    "status": Spec(
        Type.STATUS,
        "the state of the trace; in progress while the root is not there",
        words=TRACE_STATES,
    ),
    "timestamp_ms": Spec(Type.TIME, "when the trace began, whole ms since the epoch"),
    "end_time_ms": Spec(Type.TIME, "when its last span ended"),
    "execution_time_ms": Spec(Type.NUMBER, "whole ms from its begin to its end"),
    "session_id": Spec(Type.TEXT, "the session (conversation, thread)"),
    "user_id": Spec(Type.TEXT, "the user"),
    "client_request_id": Spec(Type.TEXT, "the id that the application gave the request"),
    "run_id": Spec(Type.TEXT, "the run it belongs to"),
    "experiment_id": Spec(Type.TEXT, "the experiment it belongs to"),
    "service": Spec(Type.TEXT, "the service name of any span"),
    "total_tokens": Spec(Type.NUMBER, "tokens of all model calls, each counted once"),
    "cost_usd": Spec(Type.NUMBER, "US dollars for its model calls, as far as prices are known"),
    "text": Spec(Type.CONTENT, "anything its spans and log records say"),
}
_SPAN: Final[Mapping[str, Spec]] = {
    "name": Spec(Type.TEXT, "the name of a span"),
    "type": Spec(Type.TEXT, "its type: `LLM`, `CHAT_MODEL`, `TOOL`, `AGENT`, ..."),
    "status": Spec(Type.STATUS, "its status code", words=SPAN_STATUSES),
    "service": Spec(Type.TEXT, "the service it comes from"),
    "model": Spec(Type.TEXT, "the model that was asked for, or the one that answered"),
    "provider": Spec(Type.TEXT, "the provider of the model"),
    "agent": Spec(Type.TEXT, "the name of the agent"),
    "tool": Spec(Type.TEXT, "the name of the tool"),
    "duration_ms": Spec(Type.NUMBER, "whole ms from its begin to its end"),
    "input_tokens": Spec(Type.NUMBER, "input tokens, cached ones included"),
    "output_tokens": Spec(Type.NUMBER, "output tokens, reasoning included"),
    "total_tokens": Spec(Type.NUMBER, "input and output tokens"),
    "content": Spec(
        Type.CONTENT,
        "its name, status message, attribute values, and attribute values of its events",
    ),
}
_KEYED: Final[Mapping[str, Spec]] = {
    "span.attributes": Spec(Type.ANY, "an attribute, by its whole key", keyed=True),
    "tag": Spec(Type.ANY, "a tag, also one set after the fact", keyed=True),
    "metadata": Spec(
        Type.ANY,
        "metadata, as `spanbridge.trace.metadata.<key>` or `mlflow.traceMetadata.<key>` on a span",
        keyed=True,
    ),
    "feedback": Spec(Type.ANY, "the value of feedback with this name", keyed=True),
    "expectation": Spec(Type.ANY, "the value of an expectation with this name", keyed=True),
}
FIELDS: Final[Mapping[str, Spec]] = {
    **_TRACE,
    **{f"span.{name}": spec for name, spec in _SPAN.items()},
    **_KEYED,
}

_TRACE_ALIASES: Final[Mapping[str, str]] = {
    "request_id": "trace_id",
    "timestamp": "timestamp_ms",
    "end_time": "end_time_ms",
    "execution_time": "execution_time_ms",
    "session": "session_id",
    "user": "user_id",
    "state": "status",
    "cost": "cost_usd",
    "tokens": "total_tokens",
}
_SPAN_ALIASES: Final[Mapping[str, str]] = {"duration": "duration_ms", "tokens": "total_tokens"}
TRACE_SCOPES: Final = ("attributes", "attribute", "trace")
_KEYED_SCOPES: Final[Mapping[str, str]] = {
    "tag": "tag",
    "tags": "tag",
    "metadata": "metadata",
    "request_metadata": "metadata",
    "feedback": "feedback",
    "expectation": "expectation",
}
_SAME: Final[Mapping[tuple[str, str], str]] = {
    ("tag", "mlflow.traceName"): "name",
    ("metadata", "mlflow.trace.session"): "session_id",
    ("metadata", "mlflow.trace.user"): "user_id",
    ("metadata", "mlflow.sourceRun"): "run_id",
}
"""What MLflow keeps under a key and is a field of its own here."""


class UnknownFieldError(Exception):
    """Nothing has this name; ``part`` is which of the parts is wrong."""

    def __init__(self, message: str, part: int, accepted: Sequence[str]) -> None:
        super().__init__(message)
        self.part = part
        self.accepted = accepted


def resolve(parts: Sequence[str]) -> Field:
    """The field that a dotted name means.

    Raises:
        UnknownFieldError: there is none.
    """
    scope, rest = parts[0], parts[1:]
    if scope in _KEYED_SCOPES:
        name = _KEYED_SCOPES[scope]
        return _keyed(name, rest, f"{name} takes a key")
    if scope == "span":
        if rest and rest[0] in ("attributes", "attribute"):
            return _keyed("span.attributes", rest[1:], "span.attributes takes a key", 1)
        return Field(f"span.{_one(rest, 1, 'span', _SPAN, _SPAN_ALIASES)}")
    if scope in TRACE_SCOPES:
        return Field(_one(rest, 1, scope, _TRACE, _TRACE_ALIASES))
    if len(parts) > 1 and scope not in _TRACE and scope not in _TRACE_ALIASES:
        raise UnknownFieldError(f"nothing is called {scope}", 0, scopes())
    return Field(_one(parts, 0, "", _TRACE, _TRACE_ALIASES))


def scopes() -> list[str]:
    """What a name can begin with."""
    return [*_TRACE, *(f"{scope}.<key>" for scope in ("tag", "metadata")), "span.<field>"] + [
        f"{scope}.<name>" for scope in ("feedback", "expectation")
    ]


def _keyed(name: str, rest: Sequence[str], missing: str, part: int = 0) -> Field:
    if not rest:
        raise UnknownFieldError(missing, part, [f"{name}.<key>"])
    key = ".".join(rest)
    return Field(_SAME[name, key]) if (name, key) in _SAME else Field(name, key)


def _one(
    rest: Sequence[str],
    part: int,
    scope: str,
    known: Mapping[str, Spec],
    aliases: Mapping[str, str],
) -> str:
    accepted = list(known) if scope else scopes()
    if scope == "span":
        accepted.append("attributes.<key>")
    elif scope in TRACE_SCOPES:
        accepted.append("span.attributes.<key>")
    if not rest:
        raise UnknownFieldError(f"{scope} takes a field", 0, accepted)
    name = aliases.get(rest[0], rest[0])
    if name not in known:
        what = f"{scope} has no field {rest[0]}" if scope else f"nothing is called {rest[0]}"
        raise UnknownFieldError(what, part, accepted)
    if len(rest) > 1:
        raise UnknownFieldError(f"{rest[0]} takes no key", part + 1, [])
    return name
