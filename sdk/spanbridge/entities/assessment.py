"""What somebody thinks of a trace or a span: feedback on it, and what was expected of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, cast

from spanbridge.entities.assessment_error import AssessmentError
from spanbridge.entities.assessment_source import AssessmentSource, AssessmentSourceType
from spanbridge.exceptions import InvalidValueError

__all__ = [
    "Assessment",
    "AssessmentError",
    "AssessmentSource",
    "AssessmentSourceType",
    "Expectation",
    "Feedback",
    "Kind",
]

_MS: Final = 1_000_000

_PLAIN: Final = (
    *("assessment_id", "trace_id", "span_id", "name", "value", "rationale", "overrides", "valid"),
)

Kind = Literal["feedback", "expectation"]


@dataclass(frozen=True, kw_only=True)
class Assessment:
    """What :class:`Feedback` and :class:`Expectation` share.

    Attributes:
        name: what is assessed, such as ``correctness``.
        value: any value that JSON can spell.
        error: why there is no value.
        source: who made it.
        trace_id: 32 hexadecimal digits; None until it is logged.
        span_id: 16 hexadecimal digits if it is about one span.
        rationale: why.
        metadata: texts by key.
        assessment_id: given by the service; None until it is logged.
        create_time_ms: milliseconds since the epoch; None until it is logged.
        last_update_time_ms: likewise.
        overrides: the id of the assessment that this one replaces.
        valid: whether no other has replaced it.
    """

    name: str
    value: Any = None
    error: AssessmentError | None = None
    source: AssessmentSource = field(default_factory=lambda: AssessmentSource("CODE"))
    trace_id: str | None = None
    span_id: str | None = None
    rationale: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    assessment_id: str | None = None
    create_time_ms: int | None = None
    last_update_time_ms: int | None = None
    overrides: str | None = None
    valid: bool = True

    def __post_init__(self) -> None:
        # None is what MLflow's have by default.
        if cast("object", self.metadata) is None:
            object.__setattr__(self, "metadata", {})
        if cast("object", self.source) is None:
            usual = "HUMAN" if isinstance(self, Expectation) else "CODE"
            object.__setattr__(self, "source", AssessmentSource(usual))
        if not isinstance(self.source, AssessmentSource):
            raise InvalidValueError(
                f"source is an AssessmentSource(source_type, source_id), not {self.source!r}"
            )
        if not isinstance(self.metadata, Mapping):
            raise InvalidValueError(f"metadata is a mapping of texts, not {self.metadata!r}")
        for name in ("rationale", "span_id"):
            text = getattr(self, name)
            if text is not None and not isinstance(text, str):
                raise InvalidValueError(f"{name} is a text, not {text!r}")
        if self.error is not None:
            object.__setattr__(self, "error", AssessmentError.of(self.error))

    @property
    def kind(self) -> Kind:
        """Which of the two it is."""
        return "expectation" if isinstance(self, Expectation) else "feedback"

    @property
    def feedback(self) -> Feedback | None:
        """The assessment if it is feedback."""
        return self if isinstance(self, Feedback) else None

    @property
    def expectation(self) -> Expectation | None:
        """The assessment if it is an expectation."""
        return self if isinstance(self, Expectation) else None

    @property
    def run_id(self) -> str | None:
        """The run in which it was made, if it was made by a judge in a run."""
        return self.metadata.get("mlflow.assessment.sourceRunId")

    def to_dict(self) -> dict[str, Any]:
        """As the service spells it; times are nanoseconds since the epoch."""
        return {
            "assessment_id": self.assessment_id,
            "trace_id": self.trace_id,
            "span_id": self.span_id,
            "name": self.name,
            "kind": self.kind,
            "value": self.value,
            "error": None if self.error is None else self.error.to_dict(),
            "source": self.source.to_dict(),
            "rationale": self.rationale,
            "metadata": dict(self.metadata),
            "create_time_unix_nano": _ns(self.create_time_ms),
            "last_update_time_unix_nano": _ns(self.last_update_time_ms),
            "overrides": self.overrides,
            "valid": self.valid,
        }

    @staticmethod
    def from_dict(document: Mapping[str, Any]) -> Feedback | Expectation:
        """The assessment of a document that :meth:`to_dict` or the service made.

        Raises:
            KeyError, TypeError, ValueError: it is no such document.
        """
        error = document["error"]
        fields: dict[str, Any] = {key: document[key] for key in _PLAIN}
        fields["error"] = None if error is None else AssessmentError(**error)
        fields["source"] = AssessmentSource(**document["source"])
        fields["metadata"] = dict(document["metadata"])
        fields["create_time_ms"] = _ms(document["create_time_unix_nano"])
        fields["last_update_time_ms"] = _ms(document["last_update_time_unix_nano"])
        return _KINDS[document["kind"]](**fields)


@dataclass(frozen=True)
class Feedback(Assessment):
    """How good something is: a score, a yes or no, a text; or why that could not be told.

    Attributes as :class:`Assessment`; the source is code unless it is given.
    """

    name: str = "feedback"
    value: Any = None
    error: AssessmentError | None = None

    @property
    def error_code(self) -> str | None:
        """The word for why there is no value."""
        return None if self.error is None else self.error.error_code

    @property
    def error_message(self) -> str | None:
        """The sentence for why there is no value."""
        return None if self.error is None else self.error.error_message


@dataclass(frozen=True)
class Expectation(Assessment):
    """What the outcome ought to have been.

    Attributes as :class:`Assessment`; the source is a person unless it is given.
    """

    name: str
    value: Any = None
    source: AssessmentSource = field(default_factory=lambda: AssessmentSource("HUMAN"))


_KINDS: Final[Mapping[str, type[Feedback] | type[Expectation]]] = {
    "feedback": Feedback,
    "expectation": Expectation,
}


def _ns(ms: int | None) -> int | None:
    return None if ms is None else ms * _MS


def _ms(ns: int | None) -> int | None:
    return None if ns is None else ns // _MS
