"""Experiments: names that traces are grouped under. There is nothing to create."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from spanbridge import fluent
from spanbridge.entities.experiment import Experiment
from spanbridge.exceptions import InvalidValueError


def set_experiment(
    experiment_name: str | None = None,
    experiment_id: str | None = None,
    trace_location: object = None,
) -> Experiment:
    """Group the traces that begin from now on under a name. Nothing has to be created.

    Args:
        experiment_name: the name.
        experiment_id: the same.
        trace_location: other stores are not written to; must be None.

    Raises:
        InvalidValueError: no name is given, or two, or a location.
    """
    named = [name for name in (experiment_name, experiment_id) if name]
    if len(named) != 1:
        raise InvalidValueError("set_experiment takes a name or an id, and exactly one of them")
    _check_location(trace_location)
    found = get_experiment(str(named[0]))
    fluent.set_experiment(found.experiment_id)
    return found


def create_experiment(
    name: str,
    artifact_location: str | None = None,
    tags: Mapping[str, Any] | None = None,
    trace_location: object = None,
) -> str:
    """The id of the experiment of that name, which is the name.

    Args:
        name: what traces are grouped under.
        artifact_location: accepted; there are no artifacts.
        tags: accepted; traces have tags, names have none.
        trace_location: other stores are not written to; must be None.

    Raises:
        InvalidValueError: the name is no text, or empty, or a location is given.
    """
    _check_location(trace_location)
    return get_experiment(name).experiment_id


def get_experiment(experiment_id: str) -> Experiment:
    """The experiment of that id, which is its name. Every name is one.

    Raises:
        InvalidValueError: the id is no text, or empty.
    """
    if not isinstance(experiment_id, str) or not experiment_id:
        raise InvalidValueError(f"an experiment is a name that is not empty, not {experiment_id!r}")
    return Experiment(experiment_id)


def get_experiment_by_name(name: str) -> Experiment:
    """As :func:`get_experiment`: an experiment need not have been created."""
    return get_experiment(name)


def _check_location(trace_location: object) -> None:
    if trace_location is not None:
        raise InvalidValueError(
            "trace_location is not taken: traces go to the service at the tracking URI"
        )
