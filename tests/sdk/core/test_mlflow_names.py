"""Every public name of MLflow about traces is here, or the guide says why it is not.

``mlflow_names.json`` has the names and arguments of ``mlflow-skinny`` 3.17.2, as its modules and
signatures tell them.
"""

from __future__ import annotations

import fnmatch
import functools
import importlib
import inspect
import json
import re
from pathlib import Path
from typing import Any, Final

import pytest

import spanbridge

NAMES: Final[dict[str, Any]] = json.loads(
    Path(__file__).with_name("mlflow_names.json").read_text("utf-8")
)
GUIDE: Final = Path(__file__).parents[3] / "docs" / "guides" / "sdk.md"
PLACES: Final = sorted(NAMES.keys() - {"version", "modules", "arguments"})


def place(path: str) -> Any:
    found: Any = spanbridge
    steps = path.split(".")[1:]
    for n, step in enumerate(steps):
        found = getattr(found, step, None) or importlib.import_module(
            ".".join(["spanbridge", *steps[: n + 1]])
        )
    return found


def has(owner: Any, name: str) -> bool:
    declared = (*getattr(owner, "__dataclass_fields__", ()), *getattr(owner, "__slots__", ()))
    return hasattr(owner, name) or name in declared


@functools.cache
def patterns() -> list[str]:
    text = GUIDE.read_text("utf-8")
    [section] = re.findall(r"\n### What is not there\n(.*?)(?=\n##|\Z)", text, re.DOTALL)
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    return [name for row in rows for name in re.findall(r"`([^`]+)`", row.split("|")[1])]


def is_explained(path: str, name: str) -> bool:
    """Whether the guide lists a name, by itself or with the class it belongs to."""
    owner = path.rpartition(".")[2]
    return any(
        fnmatch.fnmatchcase(f"{owner}.{name}" if "." in one else name, one) for one in patterns()
    )


def test_the_guide_lists_what_is_not_there() -> None:
    assert len(patterns()) > 30
    assert not [name for name in patterns() if name.strip("*") in ("", "_")]


@pytest.mark.parametrize("path", PLACES)
def test_names_are_there_or_explained(path: str) -> None:
    owner = place(path)
    missing = [
        name for name in NAMES[path] if not has(owner, name) and not is_explained(path, name)
    ]
    assert not missing


def test_no_name_that_is_there_is_listed_as_missing() -> None:
    wrong = [
        f"{path}.{name}"
        for path in PLACES
        for name in NAMES[path]
        if has(place(path), name) and is_explained(path, name)
    ]
    assert not wrong


@pytest.mark.parametrize("module", NAMES["modules"])
def test_modules_have_their_classes(module: str) -> None:
    ours = importlib.import_module(module.replace("mlflow", "spanbridge", 1))
    missing = [
        name
        for name in NAMES["modules"][module]
        if not hasattr(ours, name) and not is_explained(module, name)
    ]
    assert not missing


@pytest.mark.parametrize("path", NAMES["arguments"])
def test_arguments_are_taken_by_their_names(path: str) -> None:
    given = inspect.signature(place(path)).parameters
    anything = any(one.kind is inspect.Parameter.VAR_KEYWORD for one in given.values())
    missing = [name for name in NAMES["arguments"][path] if name not in given]
    assert not missing or anything


@pytest.mark.parametrize(
    "path",
    [
        *("mlflow.trace", "mlflow.start_span", "mlflow.start_span_no_context", "mlflow.start_run"),
        *("mlflow.search_traces", "mlflow.search_sessions", "mlflow.update_current_trace"),
        *("mlflow.log_trace", "mlflow.add_trace", "mlflow.tracing.context", "mlflow.get_trace"),
        *("mlflow.openai.autolog", "mlflow.MlflowClient.start_trace", "mlflow.end_run"),
        *("mlflow.MlflowClient.start_span", "mlflow.MlflowClient.search_traces"),
        *("mlflow.MlflowClient.get_trace", "mlflow.MlflowClient.delete_traces"),
    ],
)
def test_arguments_without_names_mean_the_same(path: str) -> None:
    ours = [name for name in inspect.signature(place(path)).parameters if name != "self"]
    theirs = NAMES["arguments"][path]
    assert ours[: len(theirs)] == theirs


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("log_metric", "a run is a name on traces"),
        ("search_runs", "a run is a name on traces"),
        ("search_experiments", "an experiment is a name on traces"),
        ("load_prompt", "prompts are not kept"),
        ("set_active_model", "update_current_trace"),
        ("evaluate", "log_feedback"),
        ("genai", "log_feedback"),
        ("langchain", "OpenTelemetry instrumentation"),
        ("login", "tracking URI"),
    ],
)
def test_who_asks_for_what_is_not_there_is_told_why(name: str, told: str) -> None:
    with pytest.raises(AttributeError, match=rf"spanbridge has no '{name}': .*{told}"):
        getattr(spanbridge, name)
    assert not hasattr(spanbridge, name)


def test_a_slip_is_told_with_what_python_needs_to_say_what_is_meant() -> None:
    with pytest.raises(AttributeError, match=r"spanbridge has no 'serch_traces'$") as raised:
        spanbridge.serch_traces  # type: ignore[attr-defined]  # noqa: B018
    assert (raised.value.name, raised.value.obj) == ("serch_traces", spanbridge)
    assert "search_traces" in dir(raised.value.obj)


def test_the_client_and_tracing_tell_why_as_well() -> None:
    client = spanbridge.MlflowClient()
    with pytest.raises(AttributeError, match="MlflowClient has no 'log_batch': a run is a name"):
        client.log_batch  # type: ignore[attr-defined]  # noqa: B018
    with pytest.raises(AttributeError, match=r"MlflowClient has no 'typo'$"):
        client.typo  # type: ignore[attr-defined]  # noqa: B018
    with pytest.raises(AttributeError, match="MlflowClient has no 'link_traces_to_run': the run"):
        client.link_traces_to_run  # type: ignore[attr-defined]  # noqa: B018
    with pytest.raises(AttributeError, match=r"spanbridge.entities has no 'Dataset': data sets"):
        spanbridge.entities.Dataset  # type: ignore[attr-defined]  # noqa: B018
    with pytest.raises(AttributeError, match=r"spanbridge has no 'prune'$"):
        spanbridge.prune  # type: ignore[attr-defined]  # noqa: B018
    with pytest.raises(AttributeError, match="no tables of Databricks"):
        spanbridge.tracing.set_experiment_trace_location  # type: ignore[attr-defined]  # noqa: B018
    with pytest.raises(AttributeError, match=r"has no 'get_traces'$"):
        spanbridge.get_traces  # type: ignore[attr-defined]  # noqa: B018
    with pytest.raises(AttributeError, match=r"has no 'typo'$"):
        spanbridge.typo  # type: ignore[attr-defined]  # noqa: B018


def test_errors_are_caught_by_mlflows_name() -> None:
    from spanbridge.exceptions import MlflowException

    with pytest.raises(MlflowException):
        spanbridge.set_experiment()
    with pytest.raises(spanbridge.exceptions.MlflowException):
        spanbridge.MlflowClient().end_trace("1" * 32)


def test_the_client_has_one_class_in_all_its_places() -> None:
    from spanbridge.client import MlflowClient
    from spanbridge.tracking import MlflowClient as OfTracking

    assert MlflowClient is OfTracking is spanbridge.MlflowClient is spanbridge.SpanbridgeClient
