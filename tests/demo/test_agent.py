"""The demo's agent: what its spans say, without a service."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.error import HTTPError

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from spanbridge_ingest.demo import agent
from spanbridge_ingest.demo.agent import Agent
from spanbridge_ingest.demo.fake_llm import FakeLLM


@pytest.fixture(scope="module")
def llm() -> Iterator[FakeLLM]:
    with FakeLLM() as server:
        yield server


def run(url: str) -> tuple[str, list[ReadableSpan]]:
    """Run the agent; return its answer and its spans by start. An error is in the last span."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    answer = ""
    try:
        answer = Agent(provider.get_tracer("tests"), url).answer("A day in Paris?", "c-1")
    except (HTTPError, RuntimeError) as error:
        answer = repr(error)
    finally:
        provider.shutdown()
    return answer, sorted(exporter.get_finished_spans(), key=lambda span: span.start_time or 0)


def attributes(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


def test_a_run_is_an_agent_span_around_model_and_tool_spans(llm: FakeLLM) -> None:
    answer, spans = run(llm.url)
    assert answer == "Here is what I found: 21 C and sunny in Paris; 10:30 in Paris."
    assert [span.name for span in spans] == [
        "invoke_agent travel-agent",
        "chat gpt-fake",
        "execute_tool get_weather",
        "execute_tool get_local_time",
        "chat gpt-fake",
    ]
    assert spans[0].context is not None
    assert {span.parent.span_id for span in spans[1:] if span.parent} == {spans[0].context.span_id}


def test_model_spans_carry_the_current_conventions(llm: FakeLLM) -> None:
    _, spans = run(llm.url)
    first, last = attributes(spans[1]), attributes(spans[4])
    assert first["gen_ai.response.finish_reasons"] == ("tool_calls",)
    assert last["gen_ai.usage.input_tokens"] == 81
    assert last["gen_ai.usage.cache_read.input_tokens"] == 64
    assert last["gen_ai.response.model"] == "gpt-fake-2026-01-01"
    assert first["gen_ai.response.id"] != last["gen_ai.response.id"]
    messages = json.loads(last["gen_ai.input.messages"])
    assert [m["role"] for m in messages] == ["system", "user", "assistant", "tool", "tool"]
    assert messages[2]["parts"][0]["type"] == "tool_call"
    assert messages[3]["parts"][0] == {
        "type": "tool_call_response",
        "id": "call_fake0001",
        "response": "21 C and sunny in Paris",
    }
    (output,) = json.loads(last["gen_ai.output.messages"])
    assert output["finish_reason"] == "stop"


def test_tool_spans_carry_call_and_result(llm: FakeLLM) -> None:
    _, spans = run(llm.url)
    tool = attributes(spans[2])
    assert json.loads(tool["gen_ai.tool.call.arguments"]) == {"city": "Paris"}
    assert tool["gen_ai.tool.call.result"] == "21 C and sunny in Paris"
    assert tool["gen_ai.tool.call.id"] == "call_fake0001"


def test_an_error_of_the_model_is_on_every_span_it_passes(
    llm: FakeLLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agent, "MODEL", "gpt-err-500")
    answer, spans = run(llm.url)
    assert "HTTPError 500" in answer
    assert [span.status.status_code for span in spans] == [StatusCode.ERROR] * 2
    assert {attributes(span)["error.type"] for span in spans} == {"HTTPError"}


def test_an_agent_that_never_answers_gives_up(
    llm: FakeLLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agent, "_MAX_TURNS", 1)
    answer, _ = run(llm.url)
    assert "no answer after 1 turns" in answer
