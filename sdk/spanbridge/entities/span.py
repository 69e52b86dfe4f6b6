"""A span that was read back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson

from spanbridge.entities.copying import copied
from spanbridge.entities.event import Link, SpanEvent
from spanbridge.entities.span_type import SpanType
from spanbridge.entities.status import SpanStatus, SpanStatusCode
from spanbridge.entities.usage import usage_of
from spanbridge.live_span import LiveSpan, NoOpSpan

__all__ = ["LiveSpan", "NoOpSpan", "Span", "SpanType"]

_MLFLOW: Final = "mlflow."
_NO_CHAT: Final = frozenset({"EMBEDDING", "RERANKER"})
_SIDES: Final[Mapping[str, tuple[str, str]]] = {
    "input": ("mlflow.spanInputs", "input.mime_type"),
    "output": ("mlflow.spanOutputs", "output.mime_type"),
}


class Span:
    """A span as the service has it; nothing of it can be set.

    What it says of models, tokens and content is told in one vocabulary, whatever instrumentation
    recorded it.
    """

    __slots__ = ("_document", "_trace_id")

    def __init__(self, document: Mapping[str, Any], trace_id: str) -> None:
        """A span of a trace document.

        Args:
            document: what the service tells of a span.
            trace_id: 32 hexadecimal digits.
        """
        self._document = document
        self._trace_id = trace_id

    # What every span has

    @property
    def trace_id(self) -> str:
        """32 hexadecimal digits."""
        return self._trace_id

    @property
    def request_id(self) -> str:
        """Another name of the trace's id."""
        return self._trace_id

    @property
    def span_id(self) -> str:
        """16 hexadecimal digits."""
        return str(self._document["span_id"])

    @property
    def parent_id(self) -> str | None:
        """The id of the parent; None if it has none."""
        return self._document["parent_span_id"] or None

    @property
    def name(self) -> str:
        """What it is called."""
        return str(self._document["name"])

    @property
    def kind(self) -> str:
        """``INTERNAL``, ``CLIENT``, ``SERVER``, ``PRODUCER``, ``CONSUMER`` or ``UNSPECIFIED``."""
        return str(self._document["kind"])

    @property
    def start_time_ns(self) -> int:
        """Nanoseconds since the epoch."""
        return int(self._document["start_time_unix_nano"])

    @property
    def end_time_ns(self) -> int:
        """Nanoseconds since the epoch."""
        return int(self._document["end_time_unix_nano"])

    @property
    def status(self) -> SpanStatus:
        """How it ended."""
        status = self._document["status"]
        known = SpanStatusCode.__members__.get(status["code"], SpanStatusCode.UNSET)
        return SpanStatus(known, status["message"])

    @property
    def events(self) -> list[SpanEvent]:
        """What happened while it was open, in order."""
        return [
            SpanEvent(event["name"], event["time_unix_nano"], dict(event["attributes"]))
            for event in self._document["events"]
        ]

    @property
    def links(self) -> list[Link]:
        """Spans that it refers to."""
        return [
            Link(link["trace_id"], link["span_id"], dict(link["attributes"]))
            for link in self._document["links"]
        ]

    @property
    def attributes(self) -> dict[str, Any]:
        """The attributes that were recorded, MLflow's decoded."""
        return {key: self._decoded(key, value) for key, value in self._recorded.items()}

    @property
    def resource(self) -> dict[str, Any]:
        """The attributes of the process that recorded it."""
        return dict(self._document["resource"])

    # What it says of models, tokens and content

    @property
    def span_type(self) -> str:
        """One of :class:`SpanType`, or what the application called it."""
        recorded = self._of_mlflow("mlflow.spanType")
        found = recorded if isinstance(recorded, str) else self._document["span_type"]
        return found or SpanType.UNKNOWN

    @property
    def inputs(self) -> Any:
        """What went in: any value of JSON; None if nothing was recorded.

        Of a model call that was recorded message by message: its :attr:`input_messages`.
        """
        return self._side("input")

    @property
    def outputs(self) -> Any:
        """What came out: any value of JSON; None if nothing was recorded.

        Of a model call that was recorded message by message: its :attr:`output_messages`.
        """
        return self._side("output")

    @property
    def model_name(self) -> str | None:
        """The model that answered; else the one that was asked."""
        return self._document["response_model"] or self._document["request_model"] or None

    @property
    def model_provider(self) -> str | None:
        """Whose model it is, by the names of the GenAI conventions: ``openai``, ``anthropic``."""
        return self._document["provider"] or None

    @property
    def token_usage(self) -> dict[str, int] | None:
        """Token counts by MLflow's keys, and ``reasoning_tokens``; None if none were recorded.

        ``input_tokens`` includes what was read from and written to a cache.
        """
        return usage_of(self._document["usage"])

    @property
    def llm_cost(self) -> dict[str, float] | None:
        """``total_cost`` in US dollars at the service's prices; None if it is unknown."""
        cost = self._document["cost_usd"]
        return None if cost is None else {"total_cost": cost}

    @property
    def log_level(self) -> int | None:
        """How important it is; 10 to 50, as in :class:`SpanLogLevel`."""
        level = self._of_mlflow("mlflow.spanLogLevel")
        return level if isinstance(level, int) else None

    @property
    def description(self) -> str | None:
        """What the application said it is for."""
        text = self._of_mlflow("mlflow.spanDescription")
        return text if isinstance(text, str) else None

    @property
    def input_messages(self) -> list[dict[str, Any]]:
        """What went into a model call, as messages of the OpenTelemetry GenAI schema."""
        return copied(self._document["input_messages"])

    @property
    def output_messages(self) -> list[dict[str, Any]]:
        """What came out of a model call, as messages of the OpenTelemetry GenAI schema."""
        return copied(self._document["output_messages"])

    def get_attribute(self, key: str) -> Any:
        """An attribute by its key; None if there is none.

        The keys of MLflow for type, inputs, outputs, model, provider, usage, cost, messages and
        tools have a value on every span that says such a thing, in whatever vocabulary it says it.
        """
        if key in self._recorded:
            return self._decoded(key, self._recorded[key])
        read = _CANONICAL.get(key)
        return None if read is None else read(self)

    @property
    def _recorded(self) -> Mapping[str, Any]:
        attributes: Mapping[str, Any] = self._document["attributes"]
        return attributes

    def _of_mlflow(self, key: str) -> Any:
        return self._decoded(key, self._recorded.get(key))

    def _decoded(self, key: str, value: Any) -> Any:
        """The value of an attribute; MLflow's own, and all of its client's, are texts of JSON."""
        if isinstance(value, str):
            if key.startswith(_MLFLOW) or self._document["scope"]["name"].startswith(_MLFLOW):
                return _from_json(value)
            return value
        return copied(value)

    def _side(self, side: str) -> Any:
        key, mime_type = _SIDES[side]
        if key in self._recorded:
            return self._of_mlflow(key)
        value = self._document[side]
        if value is None:
            return copied(self._document[f"{side}_messages"]) or None
        if isinstance(value, str) and self._recorded.get(mime_type) == "application/json":
            return _from_json(value)
        return copied(value)

    def _chat_messages(self) -> list[dict[str, Any]] | None:
        from spanbridge_semconv.emit import chat_format

        document = self._document
        if document["span_type"] in _NO_CHAT:
            return None
        listed = [*document["input_messages"], *document["output_messages"]]
        if document["system_instructions"]:
            listed.insert(0, {"role": "system", "parts": document["system_instructions"]})
        return chat_format.messages(listed) or None

    def _chat_tools(self) -> list[dict[str, Any]] | None:
        from spanbridge_semconv.emit import flat

        return [copied(flat.wrapped(tool)) for tool in self._document["tool_definitions"]] or None

    # As JSON

    def to_dict(self) -> dict[str, Any]:
        """What the service tells of it, with its ``trace_id``; the caller's own copy."""
        return {"trace_id": self._trace_id, **copied(dict(self._document))}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Span:
        """The span of a document that :meth:`to_dict` made."""
        own = copied(dict(document))
        return cls(own, own.pop("trace_id"))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Span):
            return NotImplemented
        return self._trace_id == other._trace_id and self._document == other._document

    def __hash__(self) -> int:
        return hash((self._trace_id, self.span_id))

    def __repr__(self) -> str:
        return (
            f"Span(name={self.name!r}, span_id={self.span_id!r}, parent_id={self.parent_id!r}, "
            f"trace_id={self._trace_id!r}, span_type={self.span_type!r}, "
            f"status={str(self.status.status_code)!r})"
        )


def _from_json(text: str) -> Any:
    """What a text of JSON says; the text itself if it is none."""
    try:
        return orjson.loads(text)
    except ValueError:
        return text


_CANONICAL: Final[Mapping[str, Callable[[Span], Any]]] = {
    "mlflow.spanType": lambda span: span.span_type,
    "mlflow.spanInputs": lambda span: span.inputs,
    "mlflow.spanOutputs": lambda span: span.outputs,
    "mlflow.chat.tokenUsage": lambda span: span.token_usage,
    "mlflow.chat.messages": Span._chat_messages,
    "mlflow.chat.tools": Span._chat_tools,
    "mlflow.llm.model": lambda span: span.model_name,
    "mlflow.llm.provider": lambda span: span.model_provider,
    "mlflow.llm.cost": lambda span: span.llm_cost,
    "mlflow.traceRequestId": lambda span: span.trace_id,
}
