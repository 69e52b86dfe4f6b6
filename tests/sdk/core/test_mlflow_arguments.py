"""What MLflow's programs say of spans and traces: levels, descriptions, destinations, links."""

from __future__ import annotations

import threading
from typing import Any

import pytest

import spanbridge
from spanbridge import tracing
from spanbridge.entities import Link, MlflowExperimentLocation, SpanLogLevel, TraceLocation
from spanbridge.tracing.constant import SpanAttributeKey, TokenUsageKey
from spanbridge.tracing.destination import MlflowExperiment
from tests.support.recorded import Recorded

HERE, THERE = Link("1" * 32, "2" * 16), Link("3" * 32, "4" * 16, {"why": "later"})


def test_levels_and_descriptions(recorded: Recorded) -> None:
    @spanbridge.trace(log_level="debug", description="adds", attributes={"k": 1})
    def add(a: int, b: int) -> int:
        return a + b

    assert add(1, 2) == 3
    with spanbridge.start_span("block", log_level=SpanLogLevel.ERROR, description="fails") as span:
        assert (span.log_level, span.description) == (40, "fails")
        span.set_log_level("warning")
        span.set_description("nearly fails")
    manual = spanbridge.start_span_no_context("manual", log_level=10, description="by hand")  # type: ignore[arg-type]
    manual.set_log_level("no such")
    manual.end()
    found = {
        name: (
            recorded.json(SpanAttributeKey.LOG_LEVEL, name),
            recorded.json(SpanAttributeKey.DESCRIPTION, name),
        )
        for name in ("add", "block", "manual")
    }
    assert found == {
        "add": (10, "adds"),
        "block": (30, "nearly fails"),
        "manual": (10, "by hand"),
    }
    assert recorded.attributes("add")["k"] == 1


def test_links_of_an_open_span_can_be_read(recorded: Recorded) -> None:
    with spanbridge.start_span("linked", links=[HERE]) as span:
        assert span.links == [HERE]
        span.add_link(THERE)
        assert span.links == [HERE, THERE]
    assert len(recorded.one().links) == 2
    with tracing.context(enabled=False), spanbridge.start_span("nothing") as nothing:
        assert nothing.links == []
        assert nothing.log_level is nothing.description is nothing.model_name is None
        nothing.set_log_level("INFO")
        nothing.set_description("nothing")


def test_what_a_call_says_of_its_model_can_be_read(recorded: Recorded) -> None:
    with spanbridge.start_span("chat") as span:
        span.set_attributes(
            {SpanAttributeKey.MODEL: "m", SpanAttributeKey.LLM_COST: {"total_cost": 0.5}}
        )
        assert (span.model_name, span.llm_cost) == ("m", {"total_cost": 0.5})


def experiments(recorded: Recorded) -> dict[str, Any]:
    return {s.name: (s.attributes or {}).get("mlflow.experimentId") for s in recorded.all()}


def test_destinations_of_traces_that_begin(recorded: Recorded) -> None:
    spanbridge.set_experiment("usual")

    @spanbridge.trace(trace_destination=MlflowExperimentLocation("decorated"))
    def decorated() -> None:
        with spanbridge.start_span("below", trace_destination=MlflowExperimentLocation("no root")):
            pass

    decorated()
    with spanbridge.start_span("block", trace_destination=TraceLocation.from_experiment_id("b")):
        decorated()
    with spanbridge.start_span("plain"):
        pass
    found = experiments(recorded)
    assert found["block"] == "b"
    assert found["plain"] == "usual"
    assert [s.attributes.get("mlflow.experimentId") for s in recorded.all() if s.attributes] == [
        *(None, "decorated", None, None),
        *("b", "usual"),
    ]


def test_destinations_of_the_process_and_of_a_thread(recorded: Recorded) -> None:
    def one(name: str, experiment: str | None = None) -> None:
        if experiment is not None:
            place = MlflowExperimentLocation(experiment)
            tracing.set_destination(place, context_local=True)
        spanbridge.start_span_no_context(name).end()

    tracing.set_destination(MlflowExperiment("all"))
    thread = threading.Thread(target=one, args=("thread", "own"))
    thread.start()
    thread.join()
    one("main")
    tracing.reset()
    one("after")
    assert experiments(recorded) == {"thread": "own", "main": "all", "after": None}


def test_experiments_are_names() -> None:
    assert spanbridge.create_experiment("shop", tags={"a": "b"}) == "shop"
    found = spanbridge.get_experiment_by_name("shop")
    assert (found.name, found.experiment_id, found.lifecycle_stage) == ("shop", "shop", "active")
    client = spanbridge.MlflowClient()
    assert client.get_experiment("shop") == client.get_experiment_by_name("shop") == found
    assert spanbridge.set_experiment(experiment_id=client.create_experiment("bank")).name == "bank"
    with pytest.raises(spanbridge.MlflowException, match="trace_location"):
        spanbridge.set_experiment("shop", trace_location=MlflowExperimentLocation("x"))


def test_the_version_of_an_application_is_metadata(recorded: Recorded) -> None:
    with spanbridge.start_span("root"):
        spanbridge.update_current_trace(model_id="m-1", metadata={"a": "b"})
    found = recorded.attributes()
    assert found["spanbridge.trace.metadata.mlflow.modelId"] == "m-1"
    assert found["spanbridge.trace.metadata.a"] == "b"


def test_the_provider_is_that_of_the_process(recorded: Recorded) -> None:
    from opentelemetry import trace

    assert tracing.get_bridged_tracer_provider() is trace.get_tracer_provider()


def test_a_trace_that_is_told_as_a_whole(recorded: Recorded) -> None:
    trace_id = spanbridge.log_trace(
        "answer",
        request={"q": 1},
        response="yes",
        intermediate_outputs={"found": ["a"]},
        attributes={"k": 1},
        tags={"team": "search"},
        start_time_ms=1_800_000_000_000,
        execution_time_ms=250,
    )
    span = recorded.one()
    assert trace_id == f"{span.context.trace_id:032x}"
    assert (recorded.inputs(), recorded.outputs()) == ({"q": 1}, "yes")
    assert (span.start_time, span.end_time) == (18 * 10**17, 18 * 10**17 + 250 * 10**6)
    assert recorded.attributes()["mlflow.traceTag.team"] == "search"
    assert recorded.json(SpanAttributeKey.INTERMEDIATE_OUTPUTS) == {"found": ["a"]}


def test_keys_of_counts() -> None:
    keys = TokenUsageKey.all_keys()
    assert set(TokenUsageKey.cache_keys()) < set(keys)
    assert len(keys) == len(set(keys)) == 6
