from __future__ import annotations

from typing import Any

import pytest

from spanbridge.openai.endpoints import CHAT, COMPLETIONS, EMBEDDINGS, IMAGES, RESPONSES, Endpoint
from spanbridge.openai.requests import request_facts


@pytest.mark.parametrize(
    ("endpoint", "body", "parameters"),
    [
        pytest.param(
            CHAT,
            {
                "temperature": 0,
                "top_p": 0.5,
                "top_k": 40,
                "max_completion_tokens": 100,
                "frequency_penalty": 0.1,
                "presence_penalty": -1,
                "seed": 7,
                "stop": "END",
                "n": 2,
                "stream": True,
                "reasoning_effort": "low",
                "response_format": {"type": "json_schema", "json_schema": {}},
                "service_tier": "flex",
            },
            {
                "temperature": 0.0,
                "top_p": 0.5,
                "top_k": 40,
                "max_tokens": 100,
                "frequency_penalty": 0.1,
                "presence_penalty": -1.0,
                "seed": 7,
                "stop_sequences": ["END"],
                "choice.count": 2,
                "stream": True,
                "reasoning.level": "low",
                "gen_ai.output.type": "json",
                "openai.request.service_tier": "flex",
                "openai.api.type": "chat_completions",
            },
            id="chat",
        ),
        pytest.param(
            RESPONSES,
            {
                "max_output_tokens": 50,
                "reasoning": {"effort": "high", "summary": "auto"},
                "text": {"format": {"type": "text"}},
                "conversation": {"id": "conv_1"},
                "prompt": {"id": "pmpt_1", "version": "3"},
                "stream": False,
            },
            {
                "max_tokens": 50,
                "reasoning.level": "high",
                "gen_ai.output.type": "text",
                "gen_ai.conversation.id": "conv_1",
                "gen_ai.prompt.name": "pmpt_1",
                "gen_ai.prompt.version": "3",
                "openai.api.type": "responses",
            },
            id="responses",
        ),
        pytest.param(
            EMBEDDINGS,
            {"encoding_format": "base64", "dimensions": 256},
            {"encoding_formats": ["base64"], "gen_ai.embeddings.dimension.count": 256},
            id="embeddings",
        ),
        pytest.param(
            IMAGES,
            {"n": 1, "response_format": "url"},
            {"choice.count": 1, "gen_ai.output.type": "image"},
            id="images",
        ),
        pytest.param(COMPLETIONS, {"stop": ["a", "b"]}, {"stop_sequences": ["a", "b"]}, id="old"),
        pytest.param(
            COMPLETIONS,
            {"temperature": "hot", "seed": True, "n": None, "stop": [1], "max_tokens": 1.5},
            {},
            id="nonsense",
        ),
    ],
)
def test_parameters(endpoint: Endpoint, body: dict[str, Any], parameters: dict[str, Any]) -> None:
    expected = {
        key if key.startswith(("gen_ai.", "openai.")) else f"gen_ai.request.{key}": value
        for key, value in parameters.items()
    }
    assert request_facts(endpoint, body).parameters == expected


def test_model_streaming_and_tools() -> None:
    facts = request_facts(CHAT, {"model": "m", "stream": True, "tools": [{"type": "x"}, 3]})
    assert (facts.model, facts.streams, facts.tools) == ("m", True, ({"type": "x"},))


def test_a_body_that_says_nothing() -> None:
    facts = request_facts(COMPLETIONS, {"model": None})
    assert (facts.model, facts.streams, facts.tools, facts.parameters) == ("", False, (), {})
