"""What is known of a trace as a whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from spanbridge.entities.assessment import Assessment, Expectation, Feedback
from spanbridge.entities.trace_location import TraceLocation
from spanbridge.entities.trace_state import TraceState
from spanbridge.entities.usage import usage_of

_MS: Final = 1_000_000
_PLAIN: Final = (
    *("trace_id", "name", "start_time_ns", "end_time_ns", "service_name", "session_id", "user_id"),
    *("experiment_id", "run_id", "client_request_id", "request_preview", "response_preview"),
    *("model_calls", "cost_unknown_calls"),
)
_MAPS: Final = ("tags", "trace_metadata")
_COUNTS: Final = ("token_usage", "cost")


@dataclass(frozen=True, kw_only=True)
class TraceInfo:
    """What is known of a trace as a whole.

    Attributes:
        trace_id: 32 hexadecimal digits.
        name: the name of the root span.
        state: how it ended; in progress as long as the root span has not arrived.
        start_time_ns: nanoseconds since the epoch.
        end_time_ns: the end of the span that ended last.
        service_name: ``service.name`` of the root span's process.
        session_id: the session that it is part of.
        user_id: whom it was done for.
        experiment_id: the experiment that it belongs to.
        run_id: the run that it belongs to.
        client_request_id: what the application calls the request.
        request_preview: the beginning of what went in.
        response_preview: the beginning of what came out.
        tags: texts by key, changeable.
        trace_metadata: texts by key, as recorded.
        token_usage: token counts by MLflow's keys, and ``reasoning_tokens``; every model call
            counts once. None if none were recorded.
        cost: ``total_cost`` in US dollars, as far as prices are known; None if none is.
        cost_unknown_calls: calls whose tokens count and whose cost is unknown.
        model_calls: spans that stand for a call of a model.
        assessments: feedback and expectations, also those that others have replaced.
    """

    trace_id: str
    name: str
    state: TraceState
    start_time_ns: int
    end_time_ns: int
    service_name: str | None = None
    session_id: str | None = None
    user_id: str | None = None
    experiment_id: str | None = None
    run_id: str | None = None
    client_request_id: str | None = None
    request_preview: str | None = None
    response_preview: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    trace_metadata: Mapping[str, str] = field(default_factory=dict)
    token_usage: Mapping[str, int] | None = None
    cost: Mapping[str, float] | None = None
    cost_unknown_calls: int = 0
    model_calls: int = 0
    assessments: Sequence[Feedback | Expectation] = ()

    @property
    def request_time(self) -> int:
        """When it began: milliseconds since the epoch."""
        return self.start_time_ns // _MS

    @property
    def execution_duration(self) -> int | None:
        """How long it took, in milliseconds; None as long as it is in progress."""
        if self.state is TraceState.IN_PROGRESS:
            return None
        return (self.end_time_ns - self.start_time_ns) // _MS

    @property
    def trace_location(self) -> TraceLocation:
        """The experiment that it belongs to; '' if none."""
        return TraceLocation.from_experiment_id(self.experiment_id or "")

    # The names that these had before

    @property
    def request_id(self) -> str:
        """The trace id."""
        return self.trace_id

    @property
    def timestamp_ms(self) -> int:
        """The request time."""
        return self.request_time

    @property
    def execution_time_ms(self) -> int | None:
        """The execution duration."""
        return self.execution_duration

    @property
    def status(self) -> TraceState:
        """The state."""
        return self.state

    @property
    def request_metadata(self) -> Mapping[str, str]:
        """The trace metadata."""
        return self.trace_metadata

    # As JSON

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> TraceInfo:
        """What the service tells of a trace.

        Raises:
            KeyError, TypeError, ValueError: it is no trace document.
        """
        session_id, user_id = document["session_id"] or None, document["user_id"] or None
        metadata = _texts(document["metadata"])
        for key, value in (("mlflow.trace.session", session_id), ("mlflow.trace.user", user_id)):
            if value is not None:
                metadata[key] = value
        cost = document["cost_usd"]
        return cls(
            trace_id=document["trace_id"],
            name=document["name"],
            state=TraceState(document["state"]),
            start_time_ns=document["start_time_unix_nano"],
            end_time_ns=document["end_time_unix_nano"],
            session_id=session_id,
            user_id=user_id,
            service_name=document["service_name"] or None,
            experiment_id=document["experiment_id"] or None,
            run_id=document["run_id"] or None,
            client_request_id=document["client_request_id"] or None,
            request_preview=document["request_preview"] or None,
            response_preview=document["response_preview"] or None,
            tags=_texts(document["tags"]),
            trace_metadata=metadata,
            token_usage=usage_of(document["usage"]),
            cost=None if cost is None else {"total_cost": cost},
            cost_unknown_calls=document["cost_unknown_calls"],
            model_calls=document["model_calls"],
            assessments=[Assessment.from_dict(one) for one in document["assessments"]],
        )

    def to_dict(self) -> dict[str, Any]:
        """As JSON: the names of MLflow, and what it has no name for."""
        began = datetime.fromtimestamp(self.request_time / 1000, UTC)
        document: dict[str, Any] = {key: getattr(self, key) for key in _PLAIN}
        document |= {key: dict(getattr(self, key)) for key in _MAPS}
        for key in _COUNTS:
            counts = getattr(self, key)
            document[key] = None if counts is None else dict(counts)
        document["state"] = str(self.state)
        document["request_time"] = began.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        document["execution_duration_ms"] = self.execution_duration
        document["assessments"] = [assessment.to_dict() for assessment in self.assessments]
        return document

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> TraceInfo:
        """What :meth:`to_dict` made.

        Raises:
            KeyError, TypeError, ValueError: it is no such document.
        """
        fields: dict[str, Any] = {key: document[key] for key in _PLAIN}
        fields |= {key: dict(document[key]) for key in _MAPS}
        for key in _COUNTS:
            fields[key] = None if document[key] is None else dict(document[key])
        fields["state"] = TraceState(document["state"])
        fields["assessments"] = [Assessment.from_dict(one) for one in document["assessments"]]
        return cls(**fields)


def _texts(values: Mapping[str, Any]) -> dict[str, str]:
    """Values as texts: those that are none as JSON, as MLflow keeps them."""
    return {
        key: value if isinstance(value, str) else orjson.dumps(value).decode()
        for key, value in values.items()
    }
