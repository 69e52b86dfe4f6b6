"""Spans that were read back, whoever recorded them."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import pytest

from spanbridge.entities.span import Span
from spanbridge.entities.span_tree import dollars
from spanbridge.entities.span_type import SpanType
from spanbridge.entities.status import SpanStatusCode
from spanbridge.entities.trace import Trace
from tests.sdk.reading.recordings import CALLS, Documents

USAGE = {"input_tokens": 57, "output_tokens": 17, "total_tokens": 74}


def the_call(documents: Documents, recording: str) -> Span:
    """The span of the model call that asks for a tool."""
    trace = Trace.from_document(documents[recording])
    return trace.search_spans(span_type=SpanType.CHAT_MODEL)[0]


@pytest.mark.parametrize("recording", CALLS)
def test_every_dialect_answers_by_mlflows_keys(documents: Documents, recording: str) -> None:
    span = the_call(documents, recording)

    assert span.get_attribute("mlflow.spanType") == "CHAT_MODEL"
    assert span.get_attribute("mlflow.llm.model") == "gpt-fake-2026-01-01"
    assert USAGE.items() <= span.get_attribute("mlflow.chat.tokenUsage").items()
    [asked, answered] = span.get_attribute("mlflow.chat.messages")
    assert asked == {"role": "user", "content": "Weather in Paris?"}
    [call] = answered["tool_calls"]
    assert json.loads(call["function"]["arguments"]) == {"city": "Paris"}
    assert span.get_attribute("mlflow.spanInputs") == span.inputs
    assert span.get_attribute("mlflow.spanOutputs") == span.outputs
    assert "Weather in Paris?" in json.dumps(span.inputs)
    assert span.model_provider == "openai"
    assert span.token_usage is not None
    assert USAGE.items() <= span.token_usage.items()


@pytest.mark.parametrize("recording", ["mlflow/tool_call", "openinference-openai/tool_call"])
def test_tools_are_told_in_the_shape_of_openai(documents: Documents, recording: str) -> None:
    [tool] = the_call(documents, recording).get_attribute("mlflow.chat.tools")
    assert tool["type"] == "function"
    assert tool["function"]["name"] == "get_weather"


@pytest.mark.parametrize("recording", ["mlflow/embeddings", "openinference-openai/embeddings"])
def test_an_embedding_is_no_chat(documents: Documents, recording: str) -> None:
    [span] = Trace.from_document(documents[recording]).search_spans(SpanType.EMBEDDING)
    assert span.get_attribute("mlflow.chat.messages") is None
    assert span.token_usage is not None


def test_attributes_are_as_they_were_recorded(documents: Documents) -> None:
    span = the_call(documents, "otel-openai-v2-latest/tool_call")
    assert span.get_attribute("gen_ai.usage.input_tokens") == 57
    assert span.get_attribute("gen_ai.response.finish_reasons") == ["tool_calls"]
    assert span.get_attribute("gen_ai.input.messages").startswith('[{"role":"user"')
    assert span.get_attribute("no.such.key") is None
    assert "mlflow.spanType" not in span.attributes


def test_all_attributes_of_mlflows_client_are_decoded(documents: Documents) -> None:
    span = the_call(documents, "mlflow/tool_call")
    assert span.get_attribute("model") == "gpt-fake"
    assert span.attributes["tools"][0]["type"] == "function"
    assert span.log_level == 20


def test_json_texts_of_others_stay_texts(documents: Documents) -> None:
    span = changed(documents, attributes={"config": '{"a": 1}', "mlflow.x": '{"a": 1}'})
    assert span.get_attribute("config") == '{"a": 1}'
    assert span.get_attribute("mlflow.x") == {"a": 1}


@pytest.mark.parametrize(
    ("attributes", "output", "expected"),
    [
        ({"mlflow.spanOutputs": "3"}, "3", 3),
        ({"mlflow.spanOutputs": '"yes"'}, '"yes"', "yes"),
        ({"mlflow.spanOutputs": "yes"}, "yes", "yes"),
        ({"mlflow.spanOutputs": {"a": 1}}, {"a": 1}, {"a": 1}),
        ({"mlflow.spanOutputs": "null"}, "null", None),
        ({"output.value": "3", "output.mime_type": "application/json"}, "3", 3),
        ({"output.value": "3", "output.mime_type": "text/plain"}, "3", "3"),
        ({}, {"a": 1}, {"a": 1}),
    ],
)
def test_outputs_are_values(
    documents: Documents, attributes: dict[str, Any], output: Any, expected: Any
) -> None:
    assert changed(documents, attributes=attributes, output=output).outputs == expected


@pytest.mark.parametrize(
    ("attributes", "found", "expected"),
    [
        ({"mlflow.spanType": '"MY_OWN"'}, "UNKNOWN", "MY_OWN"),
        ({"mlflow.spanType": "TOOL"}, "TOOL", "TOOL"),
        ({"mlflow.spanType": "7"}, "TASK", "TASK"),
        ({}, "", "UNKNOWN"),
        ({}, "AGENT", "AGENT"),
    ],
)
def test_types_of_ones_own_are_kept(
    documents: Documents, attributes: dict[str, Any], found: str, expected: str
) -> None:
    assert changed(documents, attributes=attributes, span_type=found).span_type == expected


def test_a_failed_call_says_why(documents: Documents) -> None:
    [span] = Trace.from_document(documents["openinference-openai/error_429"]).data.spans
    assert span.status.status_code is SpanStatusCode.ERROR
    assert span.status.status_code == "ERROR"
    assert "429" in span.status.description
    [event] = [event for event in span.events if event.name == "exception"]
    assert event.attributes["exception.type"].endswith("RateLimitError")
    assert event.timestamp >= span.start_time_ns


def test_what_was_recorded_message_by_message_is_told_as_messages(documents: Documents) -> None:
    span = changed(documents, attributes={}, input=None, output=None)
    assert span.inputs == span.input_messages
    assert span.outputs == span.output_messages
    bare = changed(documents, attributes={}, input=None, input_messages=[])
    assert bare.inputs is None


def test_what_is_absent_is_none(documents: Documents) -> None:
    span = changed(documents, attributes={}, usage=None, cost_usd=None, parent_span_id="")
    assert span.parent_id is None
    assert span.token_usage is None
    assert span.llm_cost is None
    assert span.get_attribute("mlflow.chat.tokenUsage") is None
    assert span.log_level is None
    assert span.description is None


def test_a_cost_is_in_dollars(documents: Documents) -> None:
    span = changed(documents, attributes={}, cost_usd=0.25)
    assert span.llm_cost == span.get_attribute("mlflow.llm.cost") == {"total_cost": 0.25}


def test_a_small_cost_keeps_its_digits() -> None:
    costs = (None, 0.0, 12.0, 0.25, 0.000123456, 0.0000351, 4e-9)
    assert [dollars(None if cost is None else {"total_cost": cost}) for cost in costs] == [
        *("", "$0", "$12", "$0.25", "$0.000123", "$0.000035", "$0.000000004"),
    ]


def test_nothing_can_be_set(documents: Documents) -> None:
    span = the_call(documents, "mlflow/tool_call")
    for name in ("name", "attributes", "inputs", "anything"):
        with pytest.raises(AttributeError):
            setattr(span, name, "x")


def test_what_is_given_out_is_a_copy(documents: Documents) -> None:
    span = the_call(documents, "openinference-openai/tool_call")
    before = span.to_dict()
    span.inputs.clear()
    span.attributes.clear()
    span.resource.clear()
    span.input_messages[0].clear()
    span.to_dict()["attributes"].clear()
    span.get_attribute("mlflow.chat.tools")[0].clear()
    assert span.to_dict() == before


def test_a_span_can_be_written_and_read(documents: Documents) -> None:
    span = the_call(documents, "mlflow/tool_call")
    for other in (
        Span.from_dict(json.loads(json.dumps(span.to_dict()))),
        pickle.loads(pickle.dumps(span)),
        copy.deepcopy(span),
    ):
        assert other == span
        assert hash(other) == hash(span)
    assert span != changed(documents, attributes={})
    assert "Completions" in repr(span)


def changed(documents: Documents, **values: Any) -> Span:
    document = copy.deepcopy(documents["otel-openai-v2-latest/tool_call"]["spans"][0])
    return Span(document | values, "0" * 31 + "1")
