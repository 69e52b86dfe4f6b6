"""Arguments of calls that record: one that cannot be is told once, and the application goes on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from spanbridge.entities.span_type import SpanLogLevel
from spanbridge.spelling import DESCRIPTION, LOG_LEVEL
from spanbridge.telling import tell_once

T = TypeVar("T")


def by_key(given: object, what: str) -> dict[str, Any]:
    """Values by their keys; none if ``given`` is no mapping."""
    if given is None:
        return {}
    if isinstance(given, Mapping):
        return dict(given)
    tell_once(f"{what} is left out: it is a mapping by key, not {type(given).__name__}")
    return {}


def listed(given: Sequence[T] | None, what: str) -> Sequence[T]:
    """A list; empty if ``given`` is none."""
    if given is None or isinstance(given, list | tuple):
        return given or ()
    tell_once(f"{what} is left out: it is a list, not {type(given).__name__}")
    return ()


def said_of_a_span(log_level: object, description: object) -> dict[str, Any]:
    """The attributes for a level and a description, as far as they are given."""
    said: dict[str, Any] = {}
    if log_level is not None and (level := log_level_of(log_level)) is not None:
        said[LOG_LEVEL] = int(level)
    if description is not None:
        said[DESCRIPTION] = str(description)
    return said


def log_level_of(given: object) -> SpanLogLevel | None:
    """The level of that name or number; None if there is none."""
    try:
        if isinstance(given, str):
            return SpanLogLevel[given.strip().upper()]
        return SpanLogLevel(given)  # type: ignore[arg-type]
    except (KeyError, ValueError):
        names = ", ".join(SpanLogLevel.__members__)
        tell_once(f"log_level is left out: {given!r} is none of {names}")
        return None


def experiment_of(destination: object) -> str | None:
    """The experiment that a destination of traces names; None, and a warning, if it names none."""
    within = getattr(destination, "mlflow_experiment", None) or destination
    found = getattr(within, "experiment_id", None)
    if isinstance(found, str) and found:
        return found
    if destination is not None:
        kind = type(destination).__name__
        tell_once(f"trace_destination is left out: {kind} names no experiment")
    return None
