"""Programs in which the SDK is not alone: other tracers, tasks, threads, forked workers."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.sdk.interop.collected import Collector, run


@pytest.mark.parametrize("own", ["", "yes"])
def test_spans_of_others_lie_around_and_inside(collector: Collector, own: str) -> None:
    outcome = run("nested.py", collector.url, OWN_PROVIDER=own)
    trace_id = "1af7651916cd43dd8448eb211c80319c"
    spans = [span for span in collector.spans if span.trace_id == trace_id]
    by_name = {span.name: span for span in spans}
    assert len(spans) == 4
    assert by_name["ours"].parent_id == "b7ad6b7169203331"
    assert by_name["theirs"].parent_id == by_name["ours"].span_id
    assert by_name["within"].parent_id == by_name["theirs"].span_id
    assert by_name["lowest"].parent_id == by_name["within"].span_id
    assert by_name["theirs"].attributes == {"db.system.name": "sqlite"}
    assert by_name["ours"].attributes["mlflow.traceTag.depth"] == "lowest"
    assert "mlflow.traceTag.depth" not in by_name["within"].attributes
    sent = outcome["sampled"]
    assert sent["traceparent"] == f"00-{trace_id}-{by_name['lowest'].span_id}-01"
    assert sent["tracestate"] == "vendor=1"


@pytest.mark.parametrize("own", ["", "yes"])
def test_a_caller_who_records_nothing_is_obeyed(collector: Collector, own: str) -> None:
    outcome = run("nested.py", collector.url, OWN_PROVIDER=own)
    unsampled = "0af7651916cd43dd8448eb211c80319c"
    assert not [span for span in collector.spans if span.trace_id == unsampled]
    assert outcome["unsampled"]["traceparent"].startswith(f"00-{unsampled}-")
    assert outcome["unsampled"]["traceparent"].endswith("-00")


def test_the_sampler_and_resource_of_the_application_are_in_force(collector: Collector) -> None:
    run("nested.py", collector.url, OWN_PROVIDER="yes", OTEL_SERVICE_NAME="ignored")
    # It keeps what the caller keeps, and no traces that begin here.
    assert Counter(span.trace_id for span in collector.spans) == {
        "1af7651916cd43dd8448eb211c80319c": 4
    }
    assert {span.service for span in collector.spans} == {"theirs"}


def test_without_a_provider_the_standard_variables_name_the_service(collector: Collector) -> None:
    outcome = run("nested.py", collector.url, OTEL_SERVICE_NAME="mine")
    assert {span.service for span in collector.spans} == {"mine"}
    assert {span.trace_id for span in collector.spans} >= {outcome["root"]}


def test_tasks_go_on_with_the_trace(collector: Collector) -> None:
    assert run("concurrent_work.py", collector.url)
    for number in range(3):
        inside = collector.span(f"inside task {number}")
        assert collector.line(inside) == ["tasks", "task", f"inside task {number}"]
    assert len({span.span_id for span in collector.named("task")}) == 3
    inside = collector.span("inside to_thread")
    assert collector.line(inside) == ["tasks", "in_thread", "inside to_thread"]


def test_threads_go_on_with_the_trace_when_they_are_told(collector: Collector) -> None:
    assert run("concurrent_work.py", collector.url)
    for how in ("copied a", "copied b", "run in context"):
        inside = collector.span(f"inside {how}")
        assert collector.line(inside) == ["threads", "in_thread", f"inside {how}"], how
    for how in ("pool alone", "thread alone"):
        inside = collector.span(f"inside {how}")
        assert collector.line(inside) == ["in_thread", f"inside {how}"], how
    assert len({span.trace_id for span in collector.spans}) == 2 + 2 + 200


def test_many_threads_mix_nothing_up(collector: Collector) -> None:
    assert run("concurrent_work.py", collector.url)
    inner = collector.named("one of many")
    assert len(inner) == len({span.trace_id for span in inner}) == 200
    assert all(collector.line(span) == ["many", "one of many"] for span in inner)


def test_forked_workers_send_their_spans_once(collector: Collector) -> None:
    assert run("forking.py", collector.url) == [0, 0, 0]
    handled = Counter(span.attributes["mlflow.spanInputs"] for span in collector.named("handle"))
    by_workers = {f'{{"worker":{w},"request":{r}}}' for w in range(3) for r in range(20)}
    by_the_server = {f'{{"worker":-1,"request":{r}}}' for r in range(3)}
    assert set(handled) == by_workers | by_the_server
    assert set(handled.values()) == {1}
    ids = [span.span_id for span in collector.spans]
    assert len(ids) == len(set(ids)) == 2 * 63
    assert all(collector.line(span) == ["handle", "step"] for span in collector.named("step"))
