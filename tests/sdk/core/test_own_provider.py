"""Limits, samplers and queues that the environment describes."""

from __future__ import annotations

import os
import random
from typing import Any

import pytest
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased

from spanbridge.pipeline import otlp
from spanbridge.pipeline.export_queue import QueueLimits
from spanbridge.pipeline.own_provider import OwnProvider, queue_limits


def limits(monkeypatch: pytest.MonkeyPatch, **environment: str) -> dict[str, Any]:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return vars(OwnProvider(os.environ)._span_limits)


def test_limits_are_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    found = limits(monkeypatch)
    assert found["max_span_attributes"] == found["max_events"] == found["max_links"] == 10_000
    assert found["max_event_attributes"] == 10_000
    assert found["max_span_attribute_length"] is None


def test_limits_of_the_environment_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    found = limits(
        monkeypatch,
        OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT="7",
        OTEL_SPAN_EVENT_COUNT_LIMIT="8",
        OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT="9",
    )
    assert (found["max_span_attributes"], found["max_events"]) == (7, 8)
    assert (found["max_links"], found["max_span_attribute_length"]) == (10_000, 9)


def test_a_limit_of_attributes_is_none_of_events(monkeypatch: pytest.MonkeyPatch) -> None:
    found = limits(monkeypatch, OTEL_ATTRIBUTE_COUNT_LIMIT="7")
    assert (found["max_span_attributes"], found["max_event_attributes"]) == (7, 7)
    assert (found["max_events"], found["max_links"]) == (10_000, 10_000)


def test_the_sampler_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "parentbased_traceidratio")
    monkeypatch.setenv("OTEL_TRACES_SAMPLER_ARG", "0.25")
    provider = OwnProvider(os.environ)
    assert "TraceIdRatioBased{0.25}" in provider.sampler.get_description()
    sampler: Any = provider.sampler
    assert isinstance(sampler._usual, ParentBased)
    assert isinstance(sampler._usual._root, TraceIdRatioBased)


def test_ids_do_not_come_from_the_programs_random_numbers() -> None:
    generator = OwnProvider({"OTEL_TRACES_EXPORTER": "none"}).id_generator
    random.seed(1)
    state = random.getstate()
    ids = {generator.generate_trace_id() for _ in range(100)}
    assert random.getstate() == state
    random.seed(1)
    ids |= {generator.generate_trace_id() for _ in range(100)}
    assert len(ids) == 200
    assert max(ids) < 2**128
    assert generator.generate_span_id() < 2**64


def test_the_queue_of_the_environment(caplog: pytest.LogCaptureFixture) -> None:
    assert queue_limits({}) == QueueLimits()
    named = {
        "OTEL_BSP_MAX_QUEUE_SIZE": "100",
        "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "200",
        "OTEL_BSP_SCHEDULE_DELAY": "250",
    }
    assert queue_limits(named) == QueueLimits(100, 100, 0.25)
    assert caplog.records == []
    for wrong in ("0", "-1", "x", "9" * 5000):
        assert queue_limits({"OTEL_BSP_MAX_QUEUE_SIZE": wrong}) == QueueLimits()
    assert "no whole number above 0; 16384 is used" in caplog.text


def test_grpc_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("spanbridge.pipeline.otlp._installed", lambda package: False)
    assert otlp.exporter_maker({"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}) is None
    assert "pip install 'spanbridge[grpc]'" in caplog.text
