"""Where searches look: the experiment in force, those that are named, or everywhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import spanbridge
from spanbridge import tracing
from spanbridge.entities import MlflowExperimentLocation
from tests.sdk.reading.scripted import ScriptedService, told


@pytest.fixture(autouse=True)
def _as_at_the_start(scripted: ScriptedService) -> Iterator[None]:
    tracing.reset()
    scripted.answers(told({"traces": [], "sessions": [], "next_page_token": None}))
    yield
    tracing.reset()


def asked(scripted: ScriptedService, **search: Any) -> list[str]:
    """The experiments that a search of either kind asks for."""
    scripted.asked.clear()
    spanbridge.search_traces(return_type="list", **search)
    spanbridge.search_sessions(**search)
    traces, sessions = scripted.asked
    assert traces.body["experiment_ids"] == sessions.body["experiment_ids"]
    found: list[str] = traces.body["experiment_ids"]
    return found


def test_without_an_experiment_all_are_searched(scripted: ScriptedService) -> None:
    assert asked(scripted) == []
    assert asked(scripted, run_id="r") == []


def test_the_experiment_in_force_is_searched(
    scripted: ScriptedService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPANBRIDGE_EXPERIMENT", "of the environment")
    assert asked(scripted) == ["of the environment"]
    spanbridge.set_experiment("shop")
    assert asked(scripted) == ["shop"]
    with spanbridge.start_run(experiment_id="of the run"):
        assert asked(scripted, run_id="r") == ["of the run"]
    tracing.set_destination(MlflowExperimentLocation("here"), context_local=True)
    assert asked(scripted) == ["here"]


def test_named_ones_go_before_it(scripted: ScriptedService) -> None:
    spanbridge.set_experiment("shop")
    assert asked(scripted, experiment_ids=["a", "b"]) == ["a", "b"]
    assert asked(scripted, locations=["c"]) == ["c"]
    assert asked(scripted, experiment_ids=[]) == []
    assert asked(scripted, locations=[]) == []


def test_a_client_searches_all_unless_told(scripted: ScriptedService) -> None:
    spanbridge.set_experiment("shop")
    client = spanbridge.MlflowClient()
    client.search_traces()
    client.search_sessions()
    client.search_traces(experiment_ids=["a"])
    assert [one.body["experiment_ids"] for one in scripted.asked] == [[], [], ["a"]]


@pytest.mark.parametrize(
    ("search", "filter_string"),
    [
        ({"model_id": "m-1"}, "metadata.`mlflow.modelId` = 'm-1'"),
        ({"model_id": "it's"}, "metadata.`mlflow.modelId` = 'it''s'"),
        (
            {"model_id": "m-1", "filter_string": "status = 'OK' OR name = 'a'"},
            "(status = 'OK' OR name = 'a') AND metadata.`mlflow.modelId` = 'm-1'",
        ),
    ],
)
def test_a_version_of_the_application_is_part_of_the_filter(
    scripted: ScriptedService, search: dict[str, Any], filter_string: str
) -> None:
    spanbridge.search_traces(return_type="list", **search)
    spanbridge.search_sessions(**search)
    spanbridge.MlflowClient().search_traces(**search)
    assert [one.body["filter"] for one in scripted.asked] == [filter_string] * 3
