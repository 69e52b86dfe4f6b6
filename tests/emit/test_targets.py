"""What each target says, and where it says it."""

from __future__ import annotations

import json
from typing import Any

import openinference.semconv.trace as conventions
import pytest

from spanbridge_semconv._generated.concepts import CONCEPTS
from spanbridge_semconv.emit import KEPT, TARGETS, SpanContent, UsageMemory, emit, emit_all
from spanbridge_semconv.emit.batch import IdentifiedSpan
from spanbridge_semconv.emit.openinference import KINDS

USER = {"role": "user", "parts": [{"type": "text", "content": "Weather in Paris?"}]}
CALL = {"type": "tool_call", "id": "c1", "name": "weather", "arguments": {"city": "Paris"}}
ASKED = {"role": "assistant", "parts": [CALL]}
ANSWER = {
    "role": "tool",
    "parts": [{"type": "tool_call_response", "id": "c1", "response": "21C"}],
}
TOOL = {"type": "function", "name": "weather", "parameters": {"type": "object"}}
SAID = {
    "role": "assistant",
    "parts": [{"type": "text", "content": "Sunny."}],
    "finish_reason": "stop",
}
OTEL: dict[str, Any] = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "aws.bedrock",
    "gen_ai.request.model": "m",
    "gen_ai.response.model": "m-1",
    "gen_ai.response.id": "r1",
    "gen_ai.response.finish_reasons": ["stop"],
    "gen_ai.usage.input_tokens": 150,
    "gen_ai.usage.output_tokens": 12,
    "gen_ai.usage.cache_read.input_tokens": 100,
    "gen_ai.usage.cache_write.input_tokens": 30,
    "gen_ai.usage.reasoning.output_tokens": 4,
    "gen_ai.conversation.id": "s1",
    "user.id": "u1",
    "gen_ai.request.temperature": 0.5,
    "gen_ai.system_instructions": json.dumps([{"type": "text", "content": "Be brief."}]),
    "gen_ai.input.messages": json.dumps([USER, ASKED, ANSWER]),
    "gen_ai.output.messages": json.dumps([SAID]),
    "gen_ai.tool.definitions": json.dumps([TOOL]),
    "shop.customer": "c-1",
}


def to(target: str, attributes: dict[str, Any], **known: Any) -> dict[str, Any]:
    return dict(emit(SpanContent(attributes), target, **known).attributes)


def test_canonical_conventions_do_not_change() -> None:
    assert not emit(SpanContent(OTEL), "otel").changed


def test_openinference() -> None:
    own = to("openinference", OTEL)
    assert own["openinference.span.kind"] == "LLM"
    assert own["llm.provider"] == "aws"
    assert own["llm.model_name"] == own["llm.response.model_name"] == "m-1"
    assert own["llm.request.model_name"] == "m"
    assert own["llm.token_count.prompt"] == 150
    assert own["llm.token_count.total"] == 162
    assert own["llm.token_count.prompt_details.cache_read"] == 100
    assert own["llm.token_count.prompt_details.cache_write"] == 30
    assert own["llm.token_count.completion_details.reasoning"] == 4
    assert (own["session.id"], own["user.id"], own["llm.finish_reason"]) == ("s1", "u1", "stop")
    assert own["llm.input_messages.0.message.role"] == "system"
    assert own["llm.input_messages.1.message.content"] == "Weather in Paris?"
    prefix = "llm.input_messages.2.message.tool_calls.0.tool_call"
    assert own[f"{prefix}.function.name"] == "weather"
    assert json.loads(own[f"{prefix}.function.arguments"]) == {"city": "Paris"}
    assert own["llm.input_messages.3.message.tool_call_id"] == "c1"
    assert own["llm.output_messages.0.message.content"] == "Sunny."
    schema = json.loads(own["llm.tools.0.tool.json_schema"])
    assert schema == {"type": "function", "function": {"name": "weather", **_parameters()}}
    assert json.loads(own["llm.invocation_parameters"]) == {"temperature": 0.5}
    assert own["output.value"] == "Sunny."
    assert own["shop.customer"] == "c-1"


def _parameters() -> dict[str, Any]:
    return {"parameters": TOOL["parameters"]}


def test_mlflow() -> None:
    own = to("mlflow", OTEL)
    assert own["mlflow.spanType"] == '"CHAT_MODEL"'
    assert (own["mlflow.llm.provider"], own["mlflow.llm.model"]) == ('"bedrock"', '"m-1"')
    assert json.loads(own["mlflow.chat.tokenUsage"]) == {
        "input_tokens": 150,
        "output_tokens": 12,
        "total_tokens": 162,
        "cache_read_input_tokens": 100,
        "cache_creation_input_tokens": 30,
        "reasoning_tokens": 4,
    }
    sent = json.loads(own["mlflow.spanInputs"])["messages"]
    assert [said["role"] for said in sent] == ["system", "user", "assistant", "tool"]
    assert sent[2]["tool_calls"][0]["function"]["name"] == "weather"
    assert sent[3] == {"role": "tool", "tool_call_id": "c1", "content": "21C"}
    [choice] = json.loads(own["mlflow.spanOutputs"])["choices"]
    assert choice["finish_reason"] == "stop"
    assert choice["message"] == {"role": "assistant", "content": "Sunny."}
    assert json.loads(own["mlflow.chat.tools"])[0]["function"]["name"] == "weather"
    assert (own["session.id"], own["user.id"]) == ("s1", "u1")
    assert not any(key.startswith("gen_ai.usage.") for key in own)


@pytest.mark.parametrize("other", ["openinference", "mlflow"])
def test_there_and_back_says_the_same(other: str) -> None:
    back = to("otel", to(other, OTEL))
    for key, value in OTEL.items():
        if key not in ("gen_ai.system_instructions", "gen_ai.input.messages"):
            assert back[key] == value or json.loads(back[key]) == json.loads(value)


@pytest.mark.parametrize("target", TARGETS)
def test_usage_that_does_not_count_is_kept_where_nobody_adds_it_up(target: str) -> None:
    own = to(target, OTEL, model_call=False, usage_counted=False)
    assert own[KEPT + "gen_ai.usage.input_tokens"] == 150
    assert not any("usage" in key or "token_count" in key for key in own if KEPT not in key)
    if target != "otel":
        assert "CHAIN" in (own.get("openinference.span.kind"), own.get("mlflow.spanType", "")[1:-1])


def test_without_knowledge_of_the_trace_an_agents_usage_is_a_sum() -> None:
    agent = {"gen_ai.operation.name": "invoke_agent", "gen_ai.usage.input_tokens": 5}
    assert "gen_ai.usage.input_tokens" not in to("otel", agent)
    assert "gen_ai.usage.input_tokens" in to("otel", agent, usage_counted=True)
    assert "gen_ai.usage.input_tokens" in to("otel", {**agent, "gen_ai.operation.name": "chat"})


def test_tools_have_arguments_and_results_everywhere() -> None:
    tool = {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "weather",
        "gen_ai.tool.call.arguments": '{"city":"Paris"}',
        "gen_ai.tool.call.result": "21C",
    }
    shown = to("openinference", tool)
    assert (shown["tool.name"], shown["input.value"]) == ("weather", '{"city":"Paris"}')
    assert (shown["output.value"], shown["output.mime_type"]) == ("21C", "text/plain")
    stored = to("mlflow", shown)
    assert (stored["mlflow.spanInputs"], stored["mlflow.spanOutputs"]) == (
        '{"city":"Paris"}',
        '"21C"',
    )
    back = to("otel", stored)
    assert back["gen_ai.tool.call.arguments"] == '{"city":"Paris"}'
    assert back["gen_ai.tool.call.result"] == "21C"


def test_documents_of_a_search() -> None:
    found = {
        "openinference.span.kind": "RETRIEVER",
        "input.value": "paris",
        "retrieval.documents.0.document.id": "d1",
        "retrieval.documents.0.document.content": "Paris is a city.",
        "retrieval.documents.0.document.score": 0.5,
    }
    document = {"id": "d1", "content": "Paris is a city.", "score": 0.5}
    otel = to("otel", found)
    assert json.loads(otel["gen_ai.retrieval.documents"]) == [document]
    assert otel["gen_ai.retrieval.query.text"] == "paris"
    [page] = json.loads(to("mlflow", otel)["mlflow.spanOutputs"])
    assert page == {"page_content": "Paris is a city.", "id": "d1", "score": 0.5}
    again = to("openinference", to("mlflow", otel))
    assert again["retrieval.documents.0.document.content"] == "Paris is a city."


def test_values_have_the_types_of_the_conventions() -> None:
    own = to(
        "otel",
        {
            "gen_ai.operation.name": "chat",
            "gen_ai.usage.input_tokens": "7",
            "gen_ai.response.finish_reasons": '["tool_calls"]',
            "gen_ai.usage.cache_creation.input_tokens": 3,
            "gen_ai.system": "vertex_ai",
        },
    )
    assert own["gen_ai.usage.input_tokens"] == 7
    assert own["gen_ai.response.finish_reasons"] == ["tool_call"]
    assert own["gen_ai.usage.cache_write.input_tokens"] == 3
    assert own["gen_ai.provider.name"] == "gcp.vertex_ai"
    assert "gen_ai.system" not in own


def test_openinference_attributes_are_its_own() -> None:
    known = set(vars(conventions.SpanAttributes).values())
    stated = {concept.openinference for concept in CONCEPTS if concept.openinference}
    assert stated <= known
    kinds = {kind.value for kind in conventions.OpenInferenceSpanKindValues}
    assert set(KINDS.values()) | {"CHAIN"} <= kinds
    providers = {one.value for one in conventions.OpenInferenceLLMProviderValues}
    for name in ("gcp.gemini", "azure.ai.openai", "aws.bedrock", "mistral_ai", "x_ai"):
        own = to("openinference", {**OTEL, "gen_ai.provider.name": name})
        assert own["llm.provider"] in providers


def test_an_unknown_target_is_an_error() -> None:
    with pytest.raises(ValueError, match="there are otel, openinference, mlflow"):
        emit(SpanContent(OTEL), "phoenix")


def span(span_id: str, parent: str, operation: str) -> IdentifiedSpan:
    usage = {"gen_ai.usage.input_tokens": 5, "gen_ai.usage.output_tokens": 2}
    return IdentifiedSpan(
        "t", span_id, parent, SpanContent({"gen_ai.operation.name": operation, **usage})
    )


def counted(spans: list[IdentifiedSpan], memory: UsageMemory | None) -> list[bool]:
    return [
        "llm.token_count.prompt" in e.attributes for e in emit_all(spans, "openinference", memory)
    ]


def test_a_memory_knows_the_children_of_a_parent_that_comes_later() -> None:
    memory = UsageMemory()
    assert counted([span("b", "a", "chat")], memory) == [True]
    # Sent again after a lost answer: the same verdict.
    assert counted([span("b", "a", "chat")], memory) == [True]
    assert counted([span("a", "", "invoke_agent")], memory) == [False]
    assert counted([span("a", "", "invoke_agent")], None) == [True]


def test_a_memory_is_bounded() -> None:
    memory = UsageMemory(traces=1, spans=1)
    counted([span("b", "a", "chat"), span("c", "x", "chat")], memory)
    assert counted([span("a", "", "invoke_agent")], memory) == [True]
    counted([IdentifiedSpan("other", "z", "", SpanContent({}))], memory)
    assert memory.judge("t", []) == {}


def test_a_type_of_the_application_stays() -> None:
    own = {"mlflow.spanType": '"MY_TYPE"', "mlflow.spanInputs": "{}"}
    assert to("mlflow", own) == own
