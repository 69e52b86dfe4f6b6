"""Rules that recordings alone do not pin down."""

from __future__ import annotations

from typing import Any, cast

import pytest

from spanbridge_semconv import Canonical, SpanView, attribute_text, translate


def read(attributes: dict[str, object], **rest: Any) -> Canonical:
    texts = {key: attribute_text(value) for key, value in attributes.items()}
    return translate(SpanView(attributes=texts, **rest))


CHAT = {"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai"}


@pytest.mark.parametrize(
    ("reported", "canonical"),
    [
        # input, output, cache read, cache write, reasoning, total -> input, output, total
        ((150, 12, 100, 30, None, None), (150, 12, 162)),
        ((20, 12, 100, 30, None, None), (150, 12, 162)),
        ((200, 12, 100, 30, None, 342), (330, 12, 342)),
        ((200, 12, 100, 30, None, 212), (200, 12, 212)),
        ((23, 7, 8, None, 4, 34), (23, 11, 34)),
        ((23, 11, 8, None, 4, 34), (23, 11, 34)),
        ((23, 3, None, None, 4, None), (23, 7, 30)),
        ((20, 7, 100, 30, 4, 161), (150, 11, 161)),
        ((0, 0, 0, 0, 0, 0), (None, None, None)),
        ((0, 5, None, None, None, None), (0, 5, 5)),
        ((5, None, None, None, None, None), (5, None, None)),
        ((None, 5, 3, None, None, None), (None, 5, None)),
    ],
)
def test_input_includes_cache_and_output_includes_reasoning(
    reported: tuple[int | None, ...], canonical: tuple[int | None, ...]
) -> None:
    names = (
        *("input_tokens", "output_tokens", "cache_read.input_tokens"),
        *("cache_write.input_tokens", "reasoning.output_tokens", "total_tokens"),
    )
    usage = {
        f"gen_ai.usage.{name}": value
        for name, value in zip(names, reported, strict=True)
        if value is not None
    }
    found = read(CHAT | usage)
    assert (found.input_tokens, found.output_tokens, found.total_tokens) == canonical


def test_the_total_of_an_embedding_is_its_input() -> None:
    found = read({"gen_ai.operation.name": "embeddings", "gen_ai.usage.input_tokens": 6})
    assert (found.span_type, found.input_tokens, found.total_tokens) == ("EMBEDDING", 6, 6)


@pytest.mark.parametrize("text", ["1.0", " 5", "5 ", "1e3", "-1", "", "x", "1" * 19, "٣"])
def test_what_is_no_plain_count_is_none(text: str) -> None:
    assert read(CHAT | {"gen_ai.usage.input_tokens": text}).input_tokens is None


def test_frameworks_never_stand_in_the_provider_slot() -> None:
    assert read({"gen_ai.system": "strands-agents"}).provider == ""
    assert (
        read({"gen_ai.provider.name": "langchain", "gen_ai.system": "OpenAI"}).provider == "openai"
    )
    assert read({"gen_ai.provider.name": "microsoft.agent_framework"}).provider == ""
    found = read(
        {
            "gen_ai.provider.name": "langgraph",
            "traceloop.association.properties.ls_provider": "anthropic",
        }
    )
    assert found.provider == "anthropic"


@pytest.mark.parametrize(
    ("attributes", "provider"),
    [
        ({"gen_ai.system": "az.ai.openai"}, "azure.ai.openai"),
        ({"gen_ai.system": "xai"}, "x_ai"),
        ({"gen_ai.provider.name": "gemini"}, "gcp.gemini"),
        ({"llm.provider": "azure", "llm.system": "openai"}, "azure.ai.openai"),
        ({"llm.system": "mistralai"}, "mistral_ai"),
        ({"gen_ai.provider.name": "Some New One"}, "some new one"),
        ({"mlflow.llm.provider": '"openai"'}, "openai"),
        ({"mlflow.llm.provider": "openai"}, "openai"),
    ],
)
def test_providers_have_one_spelling(attributes: dict[str, object], provider: str) -> None:
    assert read(attributes).provider == provider


@pytest.mark.parametrize(
    ("value", "reasons"),
    [
        (["stop"], ("stop",)),
        ('["tool_calls"]', ("tool_call",)),
        ("end_turn", ("stop",)),
        (["FinishReason.STOP", "MAX_TOKENS"], ("stop", "length")),
        (["tool-calls", "content-filter"], ("tool_call", "content_filter")),
        (["unknown"], ()),
        (["something_new"], ("something_new",)),
        ("['stop']", ()),
        ([None, 5], ("5",)),
    ],
)
def test_finish_reasons_have_one_vocabulary(value: object, reasons: tuple[str, ...]) -> None:
    assert read(CHAT | {"gen_ai.response.finish_reasons": value}).finish_reasons == reasons


def test_an_empty_list_of_finish_reasons_is_none_and_the_messages_are_asked() -> None:
    messages = '[{"role":"assistant","parts":[],"finish_reason":"length"}]'
    found = read(CHAT | {"gen_ai.response.finish_reasons": [], "gen_ai.output.messages": messages})
    assert found.finish_reasons == ("length",)


def test_flattened_finish_reasons_come_in_the_order_of_their_index() -> None:
    found = read(
        {
            "llm.request.type": "chat",
            "gen_ai.completion.10.finish_reason": "length",
            "gen_ai.completion.2.finish_reason": "stop",
            "gen_ai.completion.x.finish_reason": "error",
        }
    )
    assert found.finish_reasons == ("stop", "length")


def test_a_tool_call_is_a_reason_to_stop_where_the_api_names_none() -> None:
    attributes = {
        "openinference.span.kind": "LLM",
        "llm.output_messages.0.message.tool_calls.0.tool_call.function.name": "f",
    }
    assert read(attributes).finish_reasons == ("tool_call",)
    assert read(attributes | {"llm.finish_reason": "stop"}).finish_reasons == ("tool_call",)
    assert read(attributes | {"llm.finish_reason": "length"}).finish_reasons == ("length",)


def test_operation_decides_and_not_what_a_chat_span_says_of_tools() -> None:
    found = read(CHAT | {"gen_ai.tool.name": "get_weather", "gen_ai.tool.call.id": "c1"})
    assert (found.span_type, found.tool_call_id) == ("CHAT_MODEL", "c1")


@pytest.mark.parametrize("written", ['"CHAT_MODEL"', "CHAT_MODEL"])
def test_mlflow_is_read_encoded_and_decoded(written: str) -> None:
    quoted = written.startswith('"')
    found = read(
        {
            "mlflow.spanType": written,
            "model": '"gpt"' if quoted else "gpt",
            "mlflow.trace.session": '"s\\u00e9"' if quoted else "s\u00e9",
        },
        scope_name="mlflow.tracing.provider",
    )
    assert (found.span_type, found.request_model) == ("CHAT_MODEL", "gpt")
    assert found.conversation_id == "s\u00e9"


@pytest.mark.parametrize("span_type", ["LLM", "PARSER", "GUARDRAIL", "MEMORY", "EVALUATOR"])
def test_mlflow_span_types_are_kept(span_type: str) -> None:
    assert read({"mlflow.spanType": f'"{span_type}"'}).span_type == span_type


@pytest.mark.parametrize("written", ['"UNKNOWN"', "null", '"MY_TYPE"'])
def test_a_span_type_that_says_nothing_does_not_hide_another(written: str) -> None:
    found = read({"mlflow.spanType": written, "openinference.span.kind": "RERANKER"})
    assert found.span_type == "RERANKER"
    assert read({"mlflow.spanType": written}).span_type == "UNKNOWN"


def test_mlflow_genai_mode_puts_the_answering_model_into_the_request() -> None:
    attributes = {
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": "gpt-2026",
        "model": '"gpt"',
    }
    found = read(attributes, scope_name="mlflow.tracing.provider")
    assert (found.request_model, found.response_model) == ("gpt", "gpt-2026")


def test_openinference_llm_is_a_chat_where_messages_show_it() -> None:
    kind = {"openinference.span.kind": "LLM"}
    assert read(kind).span_type == "LLM"
    chat = read(kind | {"llm.input_messages.0.message.role": "user"})
    assert (chat.span_type, chat.operation) == ("CHAT_MODEL", "chat")
    completion = read(kind | {"llm.prompts.0.prompt.text": "x"})
    assert (completion.span_type, completion.operation) == ("LLM", "text_completion")


def test_before_operations_had_a_key_the_span_name_said_them() -> None:
    found = read({"gen_ai.system": "openai", "gen_ai.request.model": "x"}, span_name="chat x")
    assert (found.dialect, found.operation) == ("otel_legacy", "chat")


def test_an_unknown_emitter_is_read_by_its_keys() -> None:
    found = read({"gen_ai.request.model": "x", "gen_ai.usage.prompt_tokens": 3}, scope_name="mine")
    assert (found.dialect, found.span_type) == ("genai", "CHAT_MODEL")
    assert (found.request_model, found.input_tokens) == ("x", 3)


def test_time_to_first_token() -> None:
    found = read(CHAT | {"gen_ai.response.time_to_first_chunk": 0.25})
    assert found.time_to_first_token_ns == 250_000_000
    found = read(
        {"openinference.span.kind": "LLM"},
        events=[("other", {}), ("First Token Stream Event", {}), ("First Token Stream Event", {})],
        start_ns=1_000,
        event_times_ns=[1_100, 1_900, 1_500],
    )
    assert found.time_to_first_token_ns == 500


def test_errors_are_named_by_key_or_by_the_exception_of_a_failed_span() -> None:
    events = [("exception", {"exception.type": "openai.RateLimitError"})]
    assert read(CHAT, events=events, status_code="Error").error_type == "openai.RateLimitError"
    assert read(CHAT, events=events, status_code="Ok").error_type == ""
    assert read(CHAT | {"error.type": "429"}).error_type == "429"


def test_texts_come_as_they_are() -> None:
    found = read({"openinference.span.kind": "CHAIN", "input.value": " {x", "output.value": "[]"})
    assert (found.input, found.output) == (" {x", "")


def test_typed_values_that_were_not_written_as_text_do_not_raise() -> None:
    attributes = cast(Any, {"gen_ai.usage.input_tokens": 5, "gen_ai.system": None, "a": object()})
    assert translate(SpanView(attributes=attributes)).input_tokens == 5
