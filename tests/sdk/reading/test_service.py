"""Reading, feedback and deletion against a real service in a process of its own."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

import spanbridge
from spanbridge import SpanbridgeClient
from spanbridge.entities import AssessmentSource, Expectation, Feedback, Trace
from spanbridge.exceptions import InvalidValueError, NotFoundError, ServiceError
from tests.e2e.processes import Service
from tests.query.loading import CORPUS
from tests.sdk.reading.recordings import AGENTS, Documents

START = 1_800_000_000_000_000_000
HUMAN = AssessmentSource("HUMAN", "ann")


def send(service: Service, payload: bytes) -> None:
    answer = httpx.post(
        f"http://{service.http}/v1/traces",
        content=payload,
        headers={"content-type": "application/x-protobuf"},
        timeout=60,
    )
    assert answer.status_code == 200, answer.text


def made(
    service: Service, *, spans: int = 1, start: int = START, attributes: Sequence[str] = ()
) -> str:
    """A trace, each span the parent of ten others; its id."""
    trace_id = secrets.token_bytes(16)
    request = ExportTraceServiceRequest()
    scope = request.resource_spans.add().scope_spans.add()
    for n in range(spans):
        span = scope.spans.add(
            trace_id=trace_id,
            span_id=(n + 1).to_bytes(8, "big"),
            parent_span_id=b"" if n == 0 else ((n - 1) // 10 + 1).to_bytes(8, "big"),
            name=f"span {n}",
            start_time_unix_nano=start + n,
            end_time_unix_nano=start + n + 1000,
        )
        for attribute in attributes:
            key, _, text = attribute.partition("=")
            span.attributes.add(key=key).value.string_value = text
    send(service, request.SerializeToString())
    return trace_id.hex()


@pytest.mark.parametrize("recording", AGENTS[:2])
def test_a_recorded_trace_is_read(service: Service, documents: Documents, recording: str) -> None:
    send(service, (CORPUS / f"{recording}.binpb").read_bytes())
    expected = Trace.from_document(documents[recording])
    found = spanbridge.get_trace(expected.trace_id)
    assert found is not None
    assert [span.name for span in found.data.spans] == [span.name for span in expected.data.spans]
    assert found.info.token_usage == expected.info.token_usage


def test_a_trace_that_is_not_there_is_none(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    missing = secrets.token_hex(16)
    assert spanbridge.get_trace(missing) is None
    assert missing in caplog.text
    with pytest.raises(NotFoundError, match=missing):
        SpanbridgeClient().get_trace(missing)


def test_tags_are_set_changed_and_deleted(service: Service) -> None:
    trace_id = made(service, attributes=["mlflow.traceTag.team=search", "mlflow.traceTag.a=1"])
    spanbridge.set_trace_tag(trace_id, "team", "shop")
    spanbridge.set_trace_tag(trace_id, "count", 7)
    spanbridge.delete_trace_tag(trace_id, "a")
    trace = spanbridge.get_trace(trace_id)
    assert trace is not None
    assert trace.info.tags == {"team": "shop", "count": "7"}
    with pytest.raises(InvalidValueError, match="control characters"):
        spanbridge.set_trace_tag(trace_id, "a\nb", "x")


def test_feedback_lives(service: Service) -> None:
    trace_id = made(service, spans=2)
    first = spanbridge.log_feedback(
        trace_id=trace_id, name="correct", value=True, rationale="looks so", metadata={"v": "1"}
    )
    expected = spanbridge.log_expectation(trace_id=trace_id, name="answer", value={"n": [4, 2]})
    about = spanbridge.log_feedback(
        trace_id=trace_id, name="fast", value=0.5, span_id=f"{2:016x}", source=HUMAN
    )
    assert first.assessment_id is not None
    assert expected.assessment_id is not None
    assert spanbridge.get_assessment(trace_id, first.assessment_id) == first

    changed = spanbridge.update_assessment(
        trace_id, first.assessment_id, Feedback("correct", "mostly")
    )
    assert (changed.value, changed.rationale) == ("mostly", "looks so")
    assert changed.source == first.source
    spanbridge.update_assessment(trace_id, expected.assessment_id, Expectation("answer", 43))
    other = spanbridge.override_feedback(
        trace_id=trace_id, assessment_id=first.assessment_id, value=False, rationale="it is not"
    )

    trace = spanbridge.get_trace(trace_id)
    assert trace is not None
    assert [a.value for a in trace.search_assessments("correct", all=True)] == ["mostly", False]
    [valid] = trace.search_assessments("correct")
    assert valid == other
    assert valid.overrides == first.assessment_id
    assert valid.source.source_type == "HUMAN"
    [answer] = trace.search_assessments(type="expectation")
    assert answer.value == 43
    [span] = trace.search_assessments(span_id=f"{2:016x}")
    assert span == about
    assert Trace.from_json(trace.to_json()) == trace
    assert "43" in trace._repr_html_()

    spanbridge.delete_assessment(trace_id, expected.assessment_id)
    with pytest.raises(NotFoundError, match="may have been deleted"):
        spanbridge.get_assessment(trace_id, expected.assessment_id)


def test_a_judge_that_failed_is_told(service: Service) -> None:
    trace_id = made(service)
    try:
        raise TimeoutError("x" * 100_000)
    except TimeoutError as error:
        found = spanbridge.log_feedback(trace_id=trace_id, name="judge", error=error)
    assert found.value is None
    assert found.error is not None
    assert found.error.error_code == "TimeoutError"
    changed = spanbridge.update_assessment(
        trace_id, str(found.assessment_id), Feedback("judge", value=1)
    )
    assert (changed.value, changed.error) == (1, None)


def test_feedback_can_come_before_its_trace(service: Service) -> None:
    trace_id = secrets.token_hex(16)
    spanbridge.log_feedback(trace_id=trace_id, value=1)
    spanbridge.set_trace_tag(trace_id, "early", "yes")
    assert spanbridge.get_trace(trace_id, silent=True) is None


def test_what_the_service_refuses_is_told(service: Service) -> None:
    trace_id = made(service)
    with pytest.raises(InvalidValueError, match="span_id"):
        spanbridge.log_feedback(trace_id=trace_id, value=1, span_id="no id")
    with pytest.raises((InvalidValueError, ServiceError)):
        spanbridge.log_feedback(trace_id=trace_id, value="x" * 2_000_000)
    with pytest.raises(NotFoundError):
        spanbridge.delete_assessment(trace_id, "a-" + "0" * 32)


def test_traces_are_deleted_by_ids(service: Service) -> None:
    client = SpanbridgeClient()
    ids = [made(service) for _ in range(3)]
    assert client.delete_traces(trace_ids=[*ids[:2], secrets.token_hex(16)]) == 2
    assert spanbridge.get_trace(ids[0], silent=True) is None
    assert spanbridge.get_trace(ids[2]) is not None


def test_the_oldest_traces_are_deleted(service: Service) -> None:
    client = SpanbridgeClient()
    second = 1_000_000_000
    ids = [made(service, start=second * (1_000 + n)) for n in range(4)]
    assert client.delete_traces(max_timestamp_millis=1_001_000, max_traces=1) == 1
    left = [spanbridge.get_trace(trace_id, silent=True) is not None for trace_id in ids]
    assert left == [False, True, True, True]
    assert client.delete_traces(max_timestamp_millis=1_002_000) == 2
    left = [spanbridge.get_trace(trace_id, silent=True) is not None for trace_id in ids]
    assert left == [False, False, False, True]


@pytest.mark.slow
def test_a_gigantic_trace_is_read(service: Service) -> None:
    trace_id = made(service, spans=10_000, attributes=["mlflow.spanInputs={}", "k=v"])
    began = time.monotonic()
    trace = spanbridge.get_trace(trace_id)
    took = time.monotonic() - began
    assert trace is not None
    assert len(trace.data.spans) == 10_000
    assert took < 30
    began = time.process_time()
    assert "9950 more spans" in repr(trace)
    assert len(trace._repr_html_()) < 1_000_000
    assert len(trace.search_spans(name="span 77")) == 1
    assert Trace.from_json(trace.to_json()).info == trace.info
    assert time.process_time() - began < 10
