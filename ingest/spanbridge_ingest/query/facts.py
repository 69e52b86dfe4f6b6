"""What spans say of their trace: tags, metadata and single values. Pure.

Emitters put them on the span at hand, so every span is asked; the earliest span that names a key
wins. Keys of other dialects are read by the registry (``details``), those that belong to a trace
whatever the span is are read here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from spanbridge_semconv.messages.jsontext import parse_result

_TAG: Final = "mlflow.traceTag."
_METADATA: Final = ("spanbridge.trace.metadata.", "mlflow.traceMetadata.")
_VALUE: Final = "spanbridge.trace."
_EXPERIMENT: Final = "mlflow.experimentId"
_SESSION: Final = "session.id"
_USER: Final = "user.id"
_TRACE_NAME: Final = "mlflow.traceName"
_RUN: Final = "mlflow.sourceRun"
_STATES: Final = frozenset({"OK", "ERROR", "IN_PROGRESS"})


@dataclass(slots=True)
class Facts:
    """What is said of one trace; '' is not said."""

    tags: dict[str, str] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)
    experiment_id: str = ""
    session_id: str = ""
    """What spans say that are no GenAI spans, too; those that are may say it in other ways."""
    user_id: str = ""

    @property
    def run_id(self) -> str:
        """The run that the trace belongs to."""
        return str(self.metadata.get(_RUN, ""))

    def value(self, name: str) -> str:
        """``request_preview``, ``response_preview`` or ``client_request_id``."""
        return self.values.get(name, "")

    def state(self, root_status: str | None) -> str:
        """``OK``, ``ERROR`` or ``IN_PROGRESS``; the root is not there if it has no status."""
        said = self.values.get("state", "")
        if said in _STATES:
            return said
        if root_status is None:
            return "IN_PROGRESS"
        return "ERROR" if root_status.upper() == "ERROR" else "OK"

    def tagged(self, tags: Mapping[str, str | None]) -> dict[str, str]:
        """The tags with those that were set, and without those taken away, after the fact."""
        found: dict[str, str | None] = {**self.tags, **tags}
        return {key: value for key, value in found.items() if value is not None}


def gather(
    spans: Iterable[tuple[Mapping[str, Any], Mapping[str, Any]]], experiment: str = ""
) -> Facts:
    """What the spans of a trace say of it.

    Args:
        spans: attributes and details of each, in order of start; of the attributes only those that
            can speak of a trace are needed.
        experiment: the experiment that was named beside the spans; one that a span names wins.
    """
    facts = Facts()
    for attributes, details in spans:
        for key, value in attributes.items():
            _take(facts, key, value)
        for word in details.get("tags", ()):
            facts.tags.setdefault(word, "")
        for key, value in details.get("metadata", {}).items():
            facts.metadata.setdefault(key, value)
    facts.experiment_id = facts.experiment_id or experiment
    return facts


def _take(facts: Facts, key: str, value: Any) -> None:
    if key.startswith(_TAG):
        if key != _TAG + _TRACE_NAME:
            facts.tags.setdefault(key[len(_TAG) :], _text(value))
    elif key.startswith(_METADATA):
        prefix = next(prefix for prefix in _METADATA if key.startswith(prefix))
        facts.metadata.setdefault(key[len(prefix) :], _text(value))
    elif key.startswith(_VALUE):
        facts.values.setdefault(key[len(_VALUE) :], _text(value))
    elif key == _EXPERIMENT:
        facts.experiment_id = facts.experiment_id or _text(parse_result(value))
    elif key == _SESSION:
        facts.session_id = facts.session_id or _text(value)
    elif key == _USER:
        facts.user_id = facts.user_id or _text(value)


def _text(value: Any) -> str:
    """A text as it is, anything else as JSON."""
    return value if isinstance(value, str) else orjson.dumps(value).decode()
