"""The share of traces that a function keeps: dropped roots take what is below with them."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON, ParentBased, TraceIdRatioBased
from opentelemetry.trace import SpanContext, TraceFlags

import spanbridge
from tests.support.recorded import Recorded, recording

_PROGRAM = """
import json, sys
from opentelemetry import trace
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
import spanbridge
from spanbridge.tracing import set_tracing_context_from_http_request_headers as taken_up

ratio, remote = json.loads(sys.argv[1])
spanbridge.tracing.enable()
exporter = InMemorySpanExporter()
trace.get_tracer_provider().add_span_processor(SimpleSpanProcessor(exporter))

@spanbridge.trace(sampling_ratio_override=ratio)
def root():
    with spanbridge.start_span("child"):
        with trace.get_tracer("other").start_as_current_span("of another library"):
            spanbridge.trace(lambda: 1)()
    child = spanbridge.start_span_no_context("later")
    child.end()

if remote:
    with taken_up({"traceparent": f"00-{'1' * 32}-{'2' * 16}-{remote}"}):
        root()
else:
    root()
spans = exporter.get_finished_spans()
ids = {span.context.span_id for span in spans} | {0x2222222222222222}
orphans = [span.name for span in spans if span.parent and span.parent.span_id not in ids]
print(json.dumps([len(spans), orphans]))
"""
_ALL = 5
SAMPLERS = (
    *("always_on", "always_off", "traceidratio", "parentbased_always_on", "parentbased_always_off"),
    "parentbased_traceidratio",
)


def run(sampler: str, ratio: float | None, remote: str) -> Any:
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, json.dumps([ratio, remote])],
        env={
            "OTEL_TRACES_SAMPLER": sampler,
            "OTEL_TRACES_SAMPLER_ARG": "0.0",
            "OTEL_TRACES_EXPORTER": "none",
            "PYTHONPATH": ":".join(path for path in sys.path if path),
        },
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_a_share_decides_of_whole_traces(sampler: str) -> None:
    assert run(sampler, 0, "") == [0, []]
    assert run(sampler, 1, "") == [_ALL, []]


@pytest.mark.parametrize(
    ("sampler", "remote", "kept"),
    [
        *(("always_on", flags, _ALL) for flags in ("01", "00")),
        *(("traceidratio", flags, 0) for flags in ("01", "00")),
        *(("parentbased_always_off", flags, _ALL * (flags == "01")) for flags in ("01", "00")),
    ],
)
def test_below_a_caller_the_sampler_decides(sampler: str, remote: str, kept: int) -> None:
    assert run(sampler, 0, remote) == [kept, []]


def nested(ratio: float) -> None:
    @spanbridge.trace(sampling_ratio_override=ratio)
    def root() -> None:
        with spanbridge.start_span("child"):
            spanbridge.trace(lambda: 1)()
        spanbridge.start_span_no_context("later").end()

    root()


@pytest.mark.parametrize("sampler", [ALWAYS_ON, ParentBased(ALWAYS_ON), TraceIdRatioBased(1)])
def test_the_samplers_of_an_application_need_not_ask_for_the_parent(
    monkeypatch: pytest.MonkeyPatch, sampler: Any
) -> None:
    with recording(monkeypatch, sampler=sampler) as recorded:
        nested(0)
        assert recorded.all() == []
        nested(1)
        assert len(recorded.all()) == 4


def test_the_sampler_of_an_application_can_be_made_no_looser(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with recording(monkeypatch, sampler=ALWAYS_OFF) as recorded:
        nested(1)
        assert recorded.all() == []


def test_what_is_dropped_is_propagated_as_dropped(recorded: Recorded) -> None:
    with (
        spanbridge.start_span("root", sampling_ratio_override=0) as root,
        spanbridge.start_span("child") as child,
    ):
        context: SpanContext = child.otel_span.get_span_context()
        assert context.is_valid
        assert context.trace_flags == TraceFlags(0)
        assert context.trace_id == root.otel_span.get_span_context().trace_id
    assert recorded.all() == []
