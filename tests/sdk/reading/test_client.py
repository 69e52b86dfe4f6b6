"""The client: spans by their ids, pages, deletions."""

from __future__ import annotations

import copy
import os
import signal
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

import spanbridge
from spanbridge import SpanbridgeClient
from spanbridge.entities import NoOpSpan, Trace
from spanbridge.exceptions import InvalidValueError, NotFoundError
from spanbridge.pipeline import provider
from spanbridge.reading.open_spans import OpenSpans
from tests.sdk.reading.recordings import Documents
from tests.sdk.reading.scripted import ScriptedService, refused, told

ID = "1" * 32


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    own = TracerProvider(shutdown_on_exit=False)
    own.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(provider, "tracer", lambda: own.get_tracer("spanbridge"))
    yield exporter
    own.shutdown()
    spanbridge.tracing.reset()


@pytest.fixture
def client() -> SpanbridgeClient:
    return SpanbridgeClient()


def by_name(recorded: InMemorySpanExporter) -> dict[str, ReadableSpan]:
    return {span.name: span for span in recorded.get_finished_spans()}


def test_a_trace_is_recorded_by_ids(
    recorded: InMemorySpanExporter, client: SpanbridgeClient
) -> None:
    root = client.start_trace(
        "answer",
        span_type="AGENT",
        inputs={"q": 1},
        attributes={"k": "v"},
        tags={"team": "search"},
        experiment_id="shop",
        run_id="r-1",
        start_time_ns=1_800_000_000_000_000_000,
    )
    child = client.start_span("look up", root.trace_id, root.span_id, span_type="TOOL")
    inner = SpanbridgeClient().start_span("inner", f"tr-{root.trace_id}", child.span_id)
    client.end_span(root.trace_id, inner.span_id)
    client.end_span(root.trace_id, child.span_id, outputs=[1], status="ERROR")
    client.end_trace(root.trace_id, outputs="done", end_time_ns=1_800_000_001_000_000_000)

    spans = by_name(recorded)
    answer, looked_up = spans["answer"], spans["look up"]
    assert answer.parent is None
    assert looked_up.parent == answer.context
    assert spans["inner"].parent == looked_up.context
    assert answer.attributes is not None
    assert answer.attributes["mlflow.spanType"] == '"AGENT"'
    assert answer.attributes["mlflow.spanInputs"] == '{"q":1}'
    assert answer.attributes["mlflow.spanOutputs"] == '"done"'
    assert answer.attributes["k"] == "v"
    assert answer.attributes["mlflow.traceTag.team"] == "search"
    assert answer.attributes["mlflow.experimentId"] == "shop"
    assert answer.attributes["spanbridge.trace.metadata.mlflow.sourceRun"] == "r-1"
    assert (answer.start_time, answer.end_time) == (18 * 10**17, 18 * 10**17 + 10**9)
    assert answer.status.status_code is StatusCode.OK
    assert looked_up.status.status_code is StatusCode.ERROR
    assert spanbridge.get_last_active_trace_id() == root.trace_id


def test_nothing_becomes_current(recorded: InMemorySpanExporter, client: SpanbridgeClient) -> None:
    root = client.start_trace("answer")
    assert spanbridge.get_current_active_span() is None
    other = client.start_trace("other")
    assert other.trace_id != root.trace_id
    client.end_trace(root.trace_id)
    client.end_trace(other.trace_id)


def test_a_span_can_end_after_its_trace(
    recorded: InMemorySpanExporter, client: SpanbridgeClient
) -> None:
    root = client.start_trace("answer")
    late = client.start_span("late", root.trace_id, root.span_id)
    client.end_trace(root.trace_id)
    client.end_span(root.trace_id, late.span_id)
    assert set(by_name(recorded)) == {"answer", "late"}
    with pytest.raises(NotFoundError, match="its trace has ended"):
        client.end_span(root.trace_id, late.span_id)


def test_children_of_the_current_span_can_be_started(
    recorded: InMemorySpanExporter, client: SpanbridgeClient
) -> None:
    with spanbridge.start_span("fluent") as span:
        child = client.start_span("child", span.trace_id, span.span_id)
        client.end_span(span.trace_id, child.span_id)
    assert by_name(recorded)["child"].parent == by_name(recorded)["fluent"].context


def test_a_trace_does_not_begin_within_a_span(
    recorded: InMemorySpanExporter, client: SpanbridgeClient
) -> None:
    with (
        spanbridge.start_span("outer"),
        pytest.raises(InvalidValueError, match=r"'outer' is open here.*start_span\(\)"),
    ):
        client.start_trace("inner")


def test_unknown_ids_are_told(recorded: InMemorySpanExporter, client: SpanbridgeClient) -> None:
    root = client.start_trace("answer")
    with pytest.raises(NotFoundError, match=r"no open span 7777.* start_trace\(\) or start_span"):
        client.start_span("x", root.trace_id, "7" * 16)
    with pytest.raises(NotFoundError, match="no open span"):
        client.end_span(root.trace_id, "7" * 16)
    with pytest.raises(NotFoundError, match=f"no open trace {ID}"):
        client.end_trace(ID)
    client.end_trace(root.trace_id)
    with pytest.raises(NotFoundError, match=r"end_trace\(\) was called already"):
        client.end_trace(root.trace_id)


def test_a_status_that_is_none_ends_nothing(
    recorded: InMemorySpanExporter, client: SpanbridgeClient
) -> None:
    root = client.start_trace("answer")
    with pytest.raises(InvalidValueError, match="no span status"):
        client.end_trace(root.trace_id, status="MAYBE")
    with pytest.raises(InvalidValueError, match="no span status"):
        client.end_span(root.trace_id, root.span_id, status="MAYBE")
    assert root.is_recording
    client.end_trace(root.trace_id, status="OK")
    assert set(by_name(recorded)) == {"answer"}


def test_without_tracing_nothing_happens(client: SpanbridgeClient) -> None:
    spanbridge.tracing.disable()
    try:
        root = client.start_trace("answer")
        child = client.start_span("child", root.trace_id, root.span_id)
        assert isinstance(child, NoOpSpan)
        client.end_span(child.trace_id, child.span_id)
        client.end_trace(root.trace_id)
    finally:
        spanbridge.tracing.reset()


def test_threads_share_what_is_open(
    recorded: InMemorySpanExporter, client: SpanbridgeClient
) -> None:
    root = client.start_trace("answer")

    def work(n: int) -> None:
        for step in range(50):
            span = client.start_span(f"{n}-{step}", root.trace_id, root.span_id)
            client.end_span(root.trace_id, span.span_id)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    client.end_trace(root.trace_id)
    assert len(by_name(recorded)) == 201


def test_what_was_deleted_is_not_waited_for(
    recorded: InMemorySpanExporter, scripted: ScriptedService, client: SpanbridgeClient
) -> None:
    root = client.start_trace("answer")
    client.end_trace(root.trace_id)
    scripted.answers(told({"deleted": 1}))
    client.delete_traces(trace_ids=[root.trace_id])
    scripted.answers(refused(404, "not_found", "there is no trace"))
    assert spanbridge.get_trace(root.trace_id, silent=True) is None
    assert len(scripted.asked) == 1


def test_what_is_never_ended_is_forgotten(
    recorded: InMemorySpanExporter, caplog: pytest.LogCaptureFixture
) -> None:
    spans = OpenSpans(most=3)
    opened = [spanbridge.start_span_no_context(f"{n}") for n in range(4)]
    for span in opened:
        spans.add(span, root=True)
    assert "can no longer be ended by its id" in caplog.text
    with pytest.raises(NotFoundError):
        spans.root(opened[0].trace_id)
    assert spans.root(opened[3].trace_id) is opened[3]
    for span in opened:
        span.end()
        spans.discard_ended(span.trace_id)
    assert spans._spans == spans._roots == {}


def test_another_service_can_be_asked(scripted: ScriptedService) -> None:
    scripted.answers(told({"tags": {}}))
    elsewhere = SpanbridgeClient(f"{scripted.uri}/")
    spanbridge.set_tracking_uri("http://127.0.0.1:9")
    try:
        elsewhere.set_trace_tag(ID, "a", "b")
        elsewhere.delete_trace_tag(ID, "a")
    finally:
        spanbridge.tracing.reset()
    assert [asked.body for asked in scripted.asked] == [{"a": "b"}, {"a": None}]


def test_pages_are_read_one_by_one(
    scripted: ScriptedService, documents: Documents, client: SpanbridgeClient
) -> None:
    document = copy.deepcopy(documents["mlflow/agent"])
    scripted.answers(told({"traces": [document], "next_page_token": "2"}))
    page = client.search_traces(["shop"], max_results=1, page_token="1")
    assert page == [Trace.from_document(document)]
    assert page.token == "2"
    [asked] = scripted.asked
    assert asked.body["page_token"] == "1"
    assert asked.body["max_results"] == 1
    scripted.answers(told({"traces": [], "next_page_token": None}))
    assert client.search_traces().token is None


def test_a_missing_trace_is_an_error(scripted: ScriptedService, client: SpanbridgeClient) -> None:
    scripted.answers(refused(404, "not_found", "there is no trace"))
    with pytest.raises(NotFoundError, match=f"no trace {ID} at {scripted.uri}"):
        client.get_trace(ID)


def test_traces_are_deleted_by_ids(scripted: ScriptedService, client: SpanbridgeClient) -> None:
    scripted.answers(told({"deleted": 1}))
    ids = [f"{n:032x}" for n in range(1, 1202)]
    assert client.delete_traces(trace_ids=ids) == 2
    assert [len(asked.body["trace_ids"]) for asked in scripted.asked] == [1000, 201]
    assert client.delete_traces("shop", trace_ids=[f"tr-{ID}"]) == 1
    assert scripted.asked[-1].body == {"trace_ids": [ID], "experiment_id": "shop"}


def test_traces_are_deleted_by_age(scripted: ScriptedService, client: SpanbridgeClient) -> None:
    scripted.answers(told({"deleted": 3}), told({"deleted": 2}), told({"deleted": 0}))
    assert client.delete_traces("shop", max_timestamp_millis=41) == 5
    assert scripted.asked[0].body == {
        **{"before_unix_nano": 42_000_000, "limit": 1000, "experiment_id": "shop"},
    }
    assert len(scripted.asked) == 3
    scripted.answers(told({"deleted": 1000}), told({"deleted": 5}))
    assert client.delete_traces(max_timestamp_millis=10**30, max_traces=1005) == 1005
    assert [asked.body["limit"] for asked in scripted.asked] == [1000, 5]
    assert scripted.asked[0].body["before_unix_nano"] == 2**63 - 1


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({}, "either max_timestamp_millis or trace_ids"),
        ({"trace_ids": [ID], "max_timestamp_millis": 1}, "either max_timestamp_millis"),
        ({"trace_ids": [ID], "max_traces": 1}, "max_traces is for max_timestamp_millis"),
        ({"trace_ids": ["x"]}, "is no trace id"),
        ({"trace_ids": ID}, "trace_ids is a list of texts"),
        ({"max_timestamp_millis": 1, "max_traces": 0}, "max_traces is a whole number"),
        ({"max_timestamp_millis": float("nan")}, "max_timestamp_millis is a whole number"),
    ],
)
def test_what_is_to_be_deleted_has_to_be_clear(
    scripted: ScriptedService, client: SpanbridgeClient, asked: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidValueError, match=message):
        client.delete_traces(**asked)
    assert scripted.asked == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no forks here")
def test_a_fork_while_a_span_is_added_can_add_and_end_spans(
    recorded: InMemorySpanExporter, client: SpanbridgeClient
) -> None:
    from spanbridge.client import _open

    root = client.start_trace("of the parent")
    with _open._lock:
        child = os.fork()
        if child == 0:
            signal.alarm(10)
            span = client.start_span("of the child", root.trace_id, root.span_id)
            client.end_span(root.trace_id, span.span_id)
            os._exit(0)
    _, status = os.waitpid(child, 0)
    client.end_trace(root.trace_id)
    assert os.waitstatus_to_exitcode(status) == 0
