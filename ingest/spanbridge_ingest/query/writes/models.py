"""The bodies of requests that change something: their shapes and their bounds."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final, Literal, TypeVar

import orjson
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from spanbridge_ingest.query.errors import BadQueryError

MAX_KEY_CHARS: Final = 250
MAX_TAG_CHARS: Final = 8_000
MAX_TEXT_CHARS: Final = 65_536
MAX_STACK_CHARS: Final = 10_000
MAX_KEYS: Final = 100
MAX_TRACES: Final = 2_000
"""Traces that one request deletes. Their ids have to fit a parameter of a query to a server, which
is 128 kB; and the engine takes seconds for a deletion, of few or of many."""

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_END_NS: Final = 2**63

M = TypeVar("M", bound=BaseModel)


def _no_control(text: str) -> str:
    if _CONTROL.search(text):
        raise ValueError("has control characters")
    return text


def _as_text(value: object) -> object:
    """Numbers and booleans of metadata become their JSON text."""
    return orjson.dumps(value).decode() if isinstance(value, bool | int | float) else value


def _bounded(value: object) -> object:
    if len(orjson.dumps(value)) > MAX_TEXT_CHARS:
        raise ValueError(f"is longer than {MAX_TEXT_CHARS} bytes as JSON")
    return value


Key = Annotated[str, Field(min_length=1, max_length=MAX_KEY_CHARS), AfterValidator(_no_control)]
TagValue = Annotated[str, Field(max_length=MAX_TAG_CHARS)]
Text = Annotated[str, Field(max_length=MAX_TEXT_CHARS)]
Metadata = Annotated[
    dict[Key, Annotated[str, Field(max_length=MAX_TAG_CHARS), BeforeValidator(_as_text)]],
    Field(max_length=MAX_KEYS),
]
AnyJson = Annotated[Any, AfterValidator(_bounded)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Source(_Body):
    """Who or what judged."""

    source_type: Literal["HUMAN", "LLM_JUDGE", "CODE"]
    source_id: Annotated[str, Field(max_length=MAX_KEY_CHARS)] = "default"


class Failure(_Body):
    """Why there is no value."""

    error_code: Key
    error_message: Text | None = None
    stack_trace: Annotated[str, Field(max_length=MAX_STACK_CHARS)] | None = None


class NewAssessment(_Body):
    """A judgement: feedback on what a trace did, or what it was expected to do."""

    name: Key
    kind: Literal["feedback", "expectation"] = "feedback"
    value: AnyJson = None
    error: Failure | None = None
    source: Source | None = Field(
        None, description="Of feedback CODE, of an expectation HUMAN if not given."
    )
    rationale: Text | None = None
    metadata: Metadata | None = None
    span_id: Annotated[str, Field(pattern="^[0-9a-f]{16}$")] | None = Field(
        None, description="What is judged, if it is not the whole trace."
    )


class Change(_Body):
    """What is to be different in an assessment; members that are not there stay as they are."""

    name: Key | None = None
    kind: Literal["feedback", "expectation"] | None = Field(
        None, description="What it has to be; it cannot be changed."
    )
    value: AnyJson = None
    error: Failure | None = None
    source: Source | None = None
    rationale: Text | None = None
    metadata: Metadata | None = Field(None, description="Added to what is there, key by key.")


class Override(_Body):
    """A judgement in the place of another."""

    value: AnyJson
    source: Source | None = Field(None, description="HUMAN if not given.")
    rationale: Text | None = None
    metadata: Metadata | None = None


class Deletion(_Body):
    """Which traces are to be deleted: by id, or the oldest that began before a time."""

    trace_ids: Annotated[list[str], Field(max_length=MAX_TRACES)] | None = None
    before_unix_nano: Annotated[int, Field(ge=0, lt=_END_NS)] | None = None
    limit: Annotated[int, Field(ge=1, le=MAX_TRACES)] | None = Field(
        None, description=f"With before_unix_nano; {MAX_TRACES} if not given."
    )
    experiment_id: Annotated[str, Field(min_length=1, max_length=MAX_KEY_CHARS)] | None = Field(
        None, description="Only traces of this experiment."
    )


class Tags(BaseModel):
    """Tags by key; null takes one away."""

    model_config = ConfigDict(strict=True)
    tags: Annotated[dict[Key, TagValue | None], Field(min_length=1, max_length=MAX_KEYS)]


def read(model: type[M], value: object) -> M:
    """``value`` as ``model``.

    Raises:
        BadQueryError: it does not fit; the message says where and why, never what was sent.
    """
    try:
        return model.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(str(step)[:MAX_KEY_CHARS] for step in first["loc"]) or "the body"
        raise BadQueryError(
            f"{_no_lines(where)}: {first['msg']}", "see /api/docs for what is taken"
        ) from None


def _no_lines(text: str) -> str:
    return _CONTROL.sub("?", text)
