from __future__ import annotations

import base64
import struct
from typing import Any

import pytest

from spanbridge.openai.endpoints import CHAT, EMBEDDINGS, IMAGES, RESPONSES
from spanbridge.openai.facts import Failure
from spanbridge.openai.responses import failure_of, recorded, response_facts

from .replies import completion, response, said


def test_a_completion() -> None:
    body = completion({"content": "a"}, {"content": "b"}, service_tier="default")
    body["choices"][1]["finish_reason"] = "length"
    facts = response_facts(CHAT, body)
    assert facts.model == "gpt-4o-mini-2024-07-18"
    assert facts.response_id == "chatcmpl-1"
    assert facts.finish_reasons == ("stop", "length")
    assert facts.properties == {"openai.response.service_tier": "default"}
    assert facts.usage is not None
    assert facts.usage.counts.cache_read_tokens == 8


def test_usage_that_groq_streams() -> None:
    usage = {"prompt_tokens": 1, "completion_tokens": 2}
    facts = response_facts(CHAT, {"choices": [], "x_groq": {"usage": usage}})
    assert facts.usage is not None
    assert facts.usage.counts.output_tokens == 2


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (response(said("x")), "stop"),
        (response({"type": "function_call", "name": "f"}), "tool_call"),
        (response({"type": "custom_tool_call", "name": "f"}), "tool_call"),
        (response({"type": "web_search_call"}, said("x")), "stop"),
        (
            response(status="incomplete", incomplete_details={"reason": "max_output_tokens"}),
            "max_output_tokens",
        ),
        (response(status="failed", error={"code": "server_error", "message": "m"}), "error"),
    ],
)
def test_why_a_response_ended(body: dict[str, Any], reason: str) -> None:
    assert response_facts(RESPONSES, body).finish_reasons == (reason,)


@pytest.mark.parametrize("status", ["in_progress", "queued"])
def test_a_response_that_has_not_ended(status: str) -> None:
    assert response_facts(RESPONSES, response(status=status)).finish_reasons == ()


@pytest.mark.parametrize(
    ("body", "failure"),
    [
        ({"error": {"code": "server_error", "message": "m"}}, Failure("server_error", "m")),
        (
            {"error": {"type": "overloaded", "code": None, "message": "m"}},
            Failure("overloaded", "m"),
        ),
        ({"error": "it broke"}, Failure("APIError", "it broke")),
        ({"type": "error", "code": "rate_limit", "message": "m"}, Failure("rate_limit", "m")),
        (
            {"status": "cancelled"},
            Failure("cancelled", "the response has the status cancelled"),
        ),
        ({"error": {}}, Failure("APIError", "the response names no reason")),
        ({"error": None, "status": "completed"}, None),
        ({"status": "incomplete"}, None),
        ({"choices": []}, None),
    ],
)
def test_failures(body: dict[str, Any], failure: Failure | None) -> None:
    assert failure_of(body) == failure


@pytest.mark.parametrize(
    "vector",
    [[0.5, 0.25, 1.0], base64.b64encode(struct.pack("<3f", 0.5, 0.25, 1.0)).decode()],
)
def test_the_length_of_vectors_stays_and_the_vectors_go(vector: object) -> None:
    body = {"object": "list", "data": [{"object": "embedding", "index": 0, "embedding": vector}]}
    facts = response_facts(EMBEDDINGS, body)
    assert facts.properties["gen_ai.embeddings.dimension.count"] == 3
    assert recorded(EMBEDDINGS, body) == {
        "object": "list",
        "data": [{"object": "embedding", "index": 0}],
    }


def test_large_images_of_the_responses_api() -> None:
    image = {"type": "image_generation_call", "id": "ig_1", "result": "A" * 70_000}
    assert recorded(RESPONSES, response(image, said("Here.")))["output"] == [
        {
            "type": "image_generation_call",
            "id": "ig_1",
            "left_out": "result, 70000 characters",
        },
        said("Here."),
    ]


def test_only_large_images_are_left_out() -> None:
    body = {"data": [{"b64_json": "A" * 70_000, "revised_prompt": "a cat"}, {"b64_json": "AAAA"}]}
    assert recorded(IMAGES, body) == {
        "data": [
            {"revised_prompt": "a cat", "left_out": "b64_json, 70000 characters"},
            {"b64_json": "AAAA"},
        ]
    }
