"""Content blocks of every provider and framework, as parts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from spanbridge_semconv.messages import Event, read_messages
from tests.messages.conversation import CALL

PNG = "iVBORw0KGgo="
REFERENCE = "@@@langfuseMedia:type=image/png|id=x|source=bytes@@@"
CITY = '{"city": "Paris"}'
UNNAMED = {"type": "blob", "modality": "image", "content": "AP8="}
BYTES = {**UNNAMED, "mime_type": "image/png"}
IMAGE = {"type": "blob", "modality": "image", "mime_type": "image/png", "content": PNG}


@pytest.mark.parametrize(
    ("block", "part"),
    [
        ({"type": "text", "text": "x"}, {"type": "text", "content": "x"}),
        ({"text": "x"}, {"type": "text", "content": "x"}),
        ({"text": "x", "thought": True}, {"type": "reasoning", "content": "x"}),
        ({"type": "thinking", "thinking": "x"}, {"type": "reasoning", "content": "x"}),
        ({"type": "refusal", "refusal": "no"}, {"type": "text", "content": "no"}),
        ({"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}}, IMAGE),
        (
            {"type": "image_url", "image_url": {"url": "https://x/y.png"}},
            {"type": "uri", "modality": "image", "uri": "https://x/y.png"},
        ),
        ({"type": "input_image", "image_url": f"data:image/png;base64,{PNG}"}, IMAGE),
        (
            {
                "type": "image",
                "source": {"type": "base64", "media_type": "image/png", "data": PNG},
            },
            IMAGE,
        ),
        ({"inlineData": {"mimeType": "image/png", "data": PNG}}, IMAGE),
        ({"inline_data": {"mime_type": "image/png", "data": PNG}}, IMAGE),
        ({"image": {"format": "png", "source": {"bytes": PNG}}}, IMAGE),
        (
            {"type": "input_audio", "input_audio": {"data": "AA==", "format": "wav"}},
            {"type": "blob", "modality": "audio", "mime_type": "audio/wav", "content": "AA=="},
        ),
        (
            {"type": "file", "file": {"file_id": "f1"}},
            {"type": "file", "modality": "document", "file_id": "f1"},
        ),
        (
            {"type": "image", "source": {"type": "url", "url": "https://x/y.png"}},
            {"type": "uri", "modality": "image", "uri": "https://x/y.png"},
        ),
        (
            {"type": "document", "source": {"type": "file", "file_id": "f1"}},
            {"type": "file", "modality": "document", "file_id": "f1"},
        ),
        (
            {"type": "document", "source": {"type": "text", "data": "x"}},
            {"type": "text", "content": "x"},
        ),
        (
            {"type": "document", "source": {"type": "content"}},
            {
                "type": "generic",
                "generic_type": "document",
                "content": {"type": "document", "source": {"type": "content"}},
            },
        ),
        (
            {"type": "server_tool_use", "id": "s1", "name": "web_search", "input": {"q": "x"}},
            {
                "type": "server_tool_call",
                "id": "s1",
                "name": "web_search",
                "server_tool_call": {"type": "web_search", "input": {"q": "x"}},
            },
        ),
        (
            {"type": "web_search_tool_result", "tool_use_id": "s1", "content": []},
            {
                "type": "server_tool_call_response",
                "id": "s1",
                "server_tool_call_response": {"type": "web_search", "content": []},
            },
        ),
        (
            {"reasoningContent": {"reasoningText": {"text": "x"}}},
            {"type": "reasoning", "content": "x"},
        ),
        (
            {"fileData": {"fileUri": "gs://x/y", "mimeType": "audio/wav"}},
            {"type": "uri", "modality": "audio", "mime_type": "audio/wav", "uri": "gs://x/y"},
        ),
        (
            {"codeExecutionResult": {"outcome": "OK", "output": "1"}},
            {
                "type": "server_tool_call_response",
                "server_tool_call_response": {
                    "type": "code_execution",
                    "outcome": "OK",
                    "output": "1",
                },
            },
        ),
        ({"type": "image", "image": f"data:image/png;base64,{PNG}"}, IMAGE),
        ({"type": "image", "image": PNG, "mediaType": "image/png"}, IMAGE),
        ({"type": "file", "data": PNG, "mediaType": "image/png"}, IMAGE),
        ({"type": "image", "base64": PNG, "mime_type": "image/png"}, IMAGE),
        ({"type": "image", "data": {"0": 0, "1": 255}, "mimeType": "image/png"}, BYTES),
        ({"type": "image", "data": {"type": "Buffer", "data": [0, 255]}}, UNNAMED),
        ({"image": {"base64_image": PNG, "mime_type": "image/png"}}, IMAGE),
        ({"media": {"url": f"data:image/png;base64,{PNG}"}}, IMAGE),
        ({"type": "image_content", "image": f"data:image/png;base64,{PNG}"}, IMAGE),
        (
            {"media": {"url": "https://x/y.pdf", "contentType": "application/pdf"}},
            {
                "type": "uri",
                "modality": "document",
                "mime_type": "application/pdf",
                "uri": "https://x/y.pdf",
            },
        ),
        (
            {"type": "image_url", "image_url": {"url": REFERENCE}},
            {"type": "uri", "modality": "image", "mime_type": "image/png", "uri": REFERENCE},
        ),
        ({"type": "audio_content", "transcript": "x"}, {"type": "text", "content": "x"}),
        ({"type": "reasoning", "text": "x"}, {"type": "reasoning", "content": "x"}),
        ({"type": "reasoning", "reasoning": "x"}, {"type": "reasoning", "content": "x"}),
        ({"reasoning": {"reasoning_text": "x"}}, {"type": "reasoning", "content": "x"}),
        (
            {"executableCode": {"language": "PYTHON", "code": "1"}},
            {
                "type": "server_tool_call",
                "name": "code_execution",
                "server_tool_call": {"type": "code_execution", "language": "PYTHON", "code": "1"},
            },
        ),
        ({"type": "tool_call", "id": "c1", "name": "get_weather", "args": {"city": "Paris"}}, CALL),
        (
            {"type": "tool-call", "toolCallId": "c1", "toolName": "get_weather", "args": CITY},
            CALL,
        ),
        ({"type": "tool_use", "id": "c1", "name": "get_weather", "input": {"city": "Paris"}}, CALL),
        ({"functionCall": {"id": "c1", "name": "get_weather", "args": {"city": "Paris"}}}, CALL),
        (
            {"toolUse": {"toolUseId": "c1", "name": "get_weather", "input": {"city": "Paris"}}},
            CALL,
        ),
        (
            {
                "type": "tool_result",
                "tool_use_id": "c1",
                "content": [{"type": "text", "text": "21"}],
            },
            {"type": "tool_call_response", "id": "c1", "response": "21"},
        ),
        (
            {"toolResult": {"toolUseId": "c1", "content": [{"json": {"t": 21}}]}},
            {"type": "tool_call_response", "id": "c1", "response": {"t": 21}},
        ),
        (
            {"functionResponse": {"name": "f", "response": {"t": 21}}},
            {"type": "tool_call_response", "name": "f", "response": {"t": 21}},
        ),
        (
            {"type": "tool_call_response", "id": "c1", "result": '"quoted"'},
            {"type": "tool_call_response", "id": "c1", "response": "quoted"},
        ),
        ({"type": "tool_call", "id": None, "name": "f", "arguments": "{}"}, None),
        (
            {"type": "novelty", "x": 1},
            {"type": "generic", "generic_type": "novelty", "content": {"type": "novelty", "x": 1}},
        ),
        ("bare", {"type": "text", "content": "bare"}),
        (7, {"type": "generic", "content": 7}),
    ],
)
def test_blocks_of_every_provider(block: Any, part: Any) -> None:
    said = [{"role": "user", "content": [block, {"type": "text", "text": "end"}]}]
    [message] = read_messages({"gen_ai.input.messages": json.dumps(said)}).input
    expected = part or {"type": "tool_call", "name": "f", "arguments": {}}
    assert message["parts"] == [expected, {"type": "text", "content": "end"}]


def test_bedrock_images_may_be_bytes() -> None:
    block = {"image": {"format": "png", "source": {"bytes": bytes([0, 255])}}}
    said = {"role": "user", "content": [block]}
    assert read_messages({"gen_ai.input.messages": [said]}).input[0]["parts"] == [BYTES]


def test_blob_of_a_log_record_may_be_bytes() -> None:
    for content in (b"\x89PNG\r\n\x1a\n", {"bytesValue": PNG}, PNG):
        parts = [
            {"type": "blob", "mime_type": "image/png", "modality": "image", "content": content}
        ]
        details = {"gen_ai.input.messages": [{"role": "user", "parts": parts}]}
        logs = [Event("gen_ai.client.inference.operation.details", details)]
        assert read_messages({}, (), logs).input[0]["parts"] == [IMAGE]
