"""Forwarding with the real translation: recorded traces in, the destination's dialect out."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from spanbridge_ingest import settings as s
from spanbridge_semconv.emit import TARGETS
from tests.backends.cases import Fresh, fresh, index
from tests.e2e.processes import Service, running, wait_until
from tests.e2e.sending import LOGS, TRACES, HttpSender
from tests.forward.destinations import Destination, http_destination

Attributes = Mapping[str, object]


def case(dialect: str, name: str) -> Fresh:
    (entry,) = [e for e in index() if (e["dialect"], e["case"]) == (dialect, name)]
    return fresh(entry)


@pytest.fixture(scope="module")
def forwarding(
    template_store: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Service, Destination]]:
    """A service that passes on as OpenInference."""
    directory = tmp_path_factory.mktemp("forwarding")
    store = shutil.copytree(template_store, directory / "store", symlinks=True)
    with http_destination() as (url, destination):
        options = ["--forward", url, "--forward-dialect", "openinference"]
        options += ["--forward-settle-s", "6"]
        with running(directory, "--store", store, *options) as service:
            yield service, destination
            assert service.stop() == 0
            assert service.errors == ""


def passed_on(destination: Destination, found: Fresh) -> list[Attributes]:
    """The attributes of the spans of a case that have arrived."""
    return [
        {pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in span.attributes}
        for attempt in destination.attempts
        for resource in attempt.message.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
        if span.trace_id.hex() in found.trace_ids
    ]


def test_every_dialect_to_translate_to_can_be_forwarded_in() -> None:
    for dialect in ("none", *TARGETS):
        resolved = s.resolve({"forward": "otlp://there", "forward_dialect": dialect}, {})
        assert resolved.forward_dialect == dialect


@pytest.mark.parametrize("logs_first", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_messages_in_log_records_of_another_request_complete_the_span(
    forwarding: tuple[Service, Destination], logs_first: bool
) -> None:
    service, destination = forwarding
    send = HttpSender(service.http)
    chat = case("otel-openai-v2-legacy", "chat")
    assert chat.logs is not None
    messages = [(LOGS, chat.logs), (TRACES, chat.traces)]
    for signal, message in messages if logs_first else reversed(messages):
        assert send(signal, message.SerializeToString()).ok
    wait_until(lambda: passed_on(destination, chat), "the trace")
    (span,) = passed_on(destination, chat)
    (call,) = chat.truth.calls
    assert call.output in " ".join(str(v) for k, v in span.items() if k.startswith("llm.output_"))
    assert span["llm.token_count.prompt"] == chat.truth.input_tokens
    assert not any(attempt.signal == "logs" for attempt in destination.attempts)


def test_spans_of_a_trace_in_requests_of_their_own_are_counted_once(
    forwarding: tuple[Service, Destination],
) -> None:
    service, destination = forwarding
    send = HttpSender(service.http)
    agent = case("pydantic-ai-v1", "agent_tool")
    spans = [s for r in agent.traces.resource_spans for c in r.scope_spans for s in c.spans]
    for span in sorted(spans, key=lambda span: span.end_time_unix_nano):
        request = type(agent.traces)()
        request.resource_spans.add().scope_spans.add().CopyFrom(
            agent.traces.resource_spans[0].scope_spans[0]
        )
        scope = request.resource_spans[0].scope_spans[0]
        del scope.spans[:]
        scope.spans.append(span)
        assert send(TRACES, request.SerializeToString()).ok
    wait_until(lambda: len(passed_on(destination, agent)) == len(spans), "the trace")
    counts = [span.get("llm.token_count.prompt", 0) for span in passed_on(destination, agent)]
    assert sum(counts) == agent.truth.input_tokens
