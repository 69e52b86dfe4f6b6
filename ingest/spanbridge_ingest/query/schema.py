"""The JSON of the HTTP API, as models: its OpenAPI schema, and what tests validate against.

Answers are not built from these; :mod:`spanbridge_ingest.query.document` makes them directly.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Usage(_Model):
    """Token counts. Input includes what was read from and written to a cache, output reasoning."""

    input_tokens: int | None
    output_tokens: int | None
    total_tokens: int | None
    cache_read_tokens: int | None
    cache_write_tokens: int | None
    reasoning_tokens: int | None


class Status(_Model):
    """How a span ended."""

    code: str = Field(description="UNSET, OK or ERROR; the number if it is none of OTLP's.")
    message: str


class Scope(_Model):
    """The library that made a span."""

    name: str
    version: str


_TRACE_COST = (
    "US dollars for the usage that counts, as far as its prices are known; null if none is. It is "
    "the whole cost only if cost_unknown_calls is 0."
)
_UNKNOWN_CALLS = (
    "Spans whose usage counts but whose cost is unknown: the model has no price, or counts lack."
)
_STATE = "OK, ERROR, or IN_PROGRESS while the root span has not arrived."
_PREVIEW = "What the emitter gave; else the last message of the root span, cut to 1,000 characters."
_NARROW = (
    "As far as spanbridge.trace.*, mlflow.traceTag.* and mlflow.traceMetadata.* say, and what was "
    "set after the fact; the document has those of other dialects too."
)
_ATTRIBUTES = (
    "Values as they were sent: string, boolean, integer, number, array, object. Bytes appear as "
    '{"bytesValue": "<base64>"}, doubles that JSON has no number for as {"doubleValue": "NaN" | '
    '"Infinity" | "-Infinity"}. Of equal keys the first is given.'
)


class SpanEvent(_Model):
    """A span event."""

    name: str
    time_unix_nano: int
    attributes: dict[str, Any] = Field(description=_ATTRIBUTES)


class SpanLink(_Model):
    """A link to another span."""

    trace_id: str
    span_id: str
    trace_state: str
    attributes: dict[str, Any] = Field(description=_ATTRIBUTES)


class Part(BaseModel):
    """A part of a message, by the OpenTelemetry GenAI schema; members depend on ``type``."""

    model_config = ConfigDict(extra="allow")
    type: str


class Message(_Model):
    """A message, by the OpenTelemetry GenAI schema."""

    role: str
    parts: list[Part]
    name: str | None = None
    finish_reason: str | None = None


class RetrievedDocument(_Model):
    """A document that a search found."""

    id: str | None
    content: Any = Field(description="Its text; null if only its id or score was recorded.")
    score: float | None
    metadata: dict[str, Any]


class Retrieval(_Model):
    """What was searched for, and the documents in the order in which they were found."""

    query: str | None
    documents: list[RetrievedDocument]


class Embeddings(_Model):
    """What was embedded. The vectors themselves are not given."""

    texts: list[str]
    count: int = Field(description="How many vectors; of texts, if no vectors were recorded.")
    dimension: int | None = Field(description="Numbers per vector.")


class Span(_Model):
    """A span of a trace document."""

    span_id: str
    parent_span_id: str = Field(description="'' if the span has no parent.")
    name: str
    kind: str = Field(description="INTERNAL, SERVER, CLIENT, PRODUCER, CONSUMER or UNSPECIFIED.")
    start_time_unix_nano: int
    end_time_unix_nano: int
    status: Status
    dialect: str
    span_type: str = Field(description="One of MLflow's span types; '' if this is no GenAI span.")
    operation: str
    provider: str
    request_model: str
    response_model: str
    response_id: str
    model_call: bool = Field(description="Whether this span stands for a call of a model.")
    usage: Usage | None
    usage_counted: bool = Field(description="Whether the usage is part of the trace's usage.")
    cost_usd: float | None = Field(description="US dollars for the usage; null if unknown.")
    finish_reasons: list[str]
    agent_name: str
    tool_name: str
    tool_call_id: str
    error_type: str
    time_to_first_token_ns: int | None
    details: dict[str, Any] = Field(
        description="Request parameters and what else the span says, by concept; see the attribute "
        "reference."
    )
    input: Any = Field(
        description="The JSON object or array the input spells, else its text. Of a tool: its "
        "arguments."
    )
    output: Any = Field(
        description="The JSON object or array the output spells, else its text. Of a tool: its "
        "result."
    )
    system_instructions: list[Part]
    input_messages: list[Message]
    output_messages: list[Message]
    tool_definitions: list[dict[str, Any]]
    retrieval: Retrieval | None
    embeddings: Embeddings | None
    attributes: dict[str, Any] = Field(description=_ATTRIBUTES)
    events: list[SpanEvent]
    links: list[SpanLink]
    scope: Scope
    resource: dict[str, Any] = Field(description=_ATTRIBUTES)


class AssessmentSource(_Model):
    """Who or what judged."""

    source_type: str = Field(description="HUMAN, LLM_JUDGE or CODE.")
    source_id: str


class AssessmentError(_Model):
    """Why there is no value."""

    error_code: str
    error_message: str | None
    stack_trace: str | None


class Assessment(_Model):
    """Feedback on a trace or span, or what was expected of it."""

    assessment_id: str
    trace_id: str
    span_id: str | None
    name: str
    kind: str = Field(description="feedback or expectation.")
    value: Any
    error: AssessmentError | None
    source: AssessmentSource
    rationale: str | None
    metadata: dict[str, str]
    create_time_unix_nano: int
    last_update_time_unix_nano: int
    overrides: str | None = Field(description="The assessment in whose place this one stands.")
    valid: bool = Field(description="False once another one overrides it.")


class Tags(_Model):
    """Tags that were set after the fact."""

    tags: dict[str, str]


class Deleted(_Model):
    """How many traces were deleted."""

    deleted: int


class TraceDocument(_Model):
    """One trace with everything that is known of it."""

    trace_id: str
    name: str = Field(description="The name of the root span.")
    start_time_unix_nano: int
    end_time_unix_nano: int
    status: str = Field(description="The status code of the root span.")
    state: str = Field(description=_STATE)
    service_name: str
    session_id: str
    user_id: str
    experiment_id: str
    run_id: str
    client_request_id: str
    request_preview: str = Field(description=_PREVIEW)
    response_preview: str = Field(description=_PREVIEW)
    tags: dict[str, str] = Field(description="Those of the spans, and those set after the fact.")
    metadata: dict[str, Any]
    model_calls: int
    usage: Usage | None = Field(description="Each model call counted once; null if none reported.")
    cost_usd: float | None = Field(description=_TRACE_COST)
    cost_unknown_calls: int = Field(description=_UNKNOWN_CALLS)
    assessments: list[Assessment]
    spans: list[Span]


class TraceSummary(_Model):
    """One trace of a list."""

    trace_id: str
    name: str
    start_time_unix_nano: int
    end_time_unix_nano: int
    duration_ns: int
    status: str
    state: str = Field(description=_STATE)
    service_name: str
    session_id: str
    user_id: str
    experiment_id: str
    run_id: str
    client_request_id: str
    request_preview: str = Field(description="'' if the emitter gave none.")
    response_preview: str = Field(description="'' if the emitter gave none.")
    tags: dict[str, str] = Field(description=_NARROW)
    metadata: dict[str, Any] = Field(description=_NARROW)
    assessments: list[Assessment]
    span_count: int
    model_calls: int
    usage: Usage | None
    cost_usd: float | None = Field(description=_TRACE_COST)
    cost_unknown_calls: int = Field(description=_UNKNOWN_CALLS)
    models: list[str]


class TraceList(_Model):
    """One page of traces, newest first."""

    traces: list[TraceSummary]
    next_cursor: str | None = Field(description="Pass as cursor for the next page; null: no more.")


class UnmappedKey(_Model):
    """An attribute key that looks like GenAI and that no rule reads."""

    key: str = Field(description="Numbers within it are written {i}.")
    spans: int
    dialects: list[str]
    trace_id: str = Field(description="An example: the latest span that has the key.")
    span_id: str


class UnmappedKeys(_Model):
    """What no rule reads, the most frequent first."""

    keys: list[UnmappedKey]


class Daily(_Model):
    """A part of the day, UTC, as HH:MM:SS; the end is exclusive."""

    begin: str = Field(alias="from")
    end: str = Field(alias="to")


class Amounts(_Model):
    """US dollars per million tokens, per request for ``request``; null follows from another."""

    input: float | None
    cache_read: float | None
    cache_write: float | None
    output: float | None
    reasoning: float | None
    request: float | None


class Price(_Model):
    """A price of the models that match."""

    provider: str = Field(description="'' if it is any provider's.")
    model: str
    match: dict[str, Any] = Field(description="A clause in genai-prices' JSON format.")
    valid_from: str | None = Field(description="ISO time, inclusive; null: always until now.")
    valid_to: str | None = Field(description="ISO time, exclusive; null: it still holds.")
    daily: Daily | None = Field(description="When in the day it holds; null: all day.")
    input_tokens_min: int = Field(description="Of requests with at least so many input tokens.")
    usd: Amounts
    source: str = Field(description="own, or the release of genai-prices.")


class PriceList(_Model):
    """Prices, own ones first."""

    prices: list[Price]


class UnknownPrice(_Model):
    """A model with spans whose cost is unknown."""

    provider: str
    request_model: str
    response_model: str
    spans: int
    input_tokens: int | None
    output_tokens: int | None
    first_seen_unix_nano: int
    last_seen_unix_nano: int
    priced: bool = Field(
        description="It has a price, but not at that time, or not for all of the tokens."
    )


class UnknownPrices(_Model):
    """Models without a price, those with the most tokens first."""

    unknown: list[UnknownPrice]


class Problem(_Model):
    """Why a question was not answered."""

    code: str
    message: str
    hint: str


class ErrorAnswer(_Model):
    """The body of every answer that is not a success."""

    error: Problem
