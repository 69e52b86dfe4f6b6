from __future__ import annotations

from typing import Any

import pytest

from spanbridge.openai.token_usage import token_usage
from spanbridge_semconv.usage import Usage


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(
            {
                "prompt_tokens": 10,
                "completion_tokens": 5,
                "total_tokens": 15,
                "prompt_tokens_details": {"cached_tokens": 4, "cache_write_tokens": 2},
                "completion_tokens_details": {"reasoning_tokens": 3},
            },
            Usage(10, 5, 15, 4, 2, 3),
            id="chat",
        ),
        pytest.param(
            {
                "input_tokens": 10,
                "output_tokens": 5,
                "total_tokens": 15,
                "input_tokens_details": {"cached_tokens": 0},
                "output_tokens_details": {"reasoning_tokens": 3},
            },
            Usage(10, 5, 15, 0, None, 3),
            id="responses",
        ),
        pytest.param(
            {
                "prompt_tokens": 10,
                "completion_tokens": 5,
                "total_tokens": 15,
                "prompt_cache_hit_tokens": 6,
                "prompt_cache_miss_tokens": 4,
            },
            Usage(10, 5, 15, 6, None, None),
            id="deepseek",
        ),
        pytest.param(
            {
                "prompt_tokens": 10,
                "completion_tokens": 5,
                "total_tokens": 45,
                "cache_read_input_tokens": 20,
                "cache_creation_input_tokens": 10,
            },
            Usage(40, 5, 45, 20, 10, None),
            id="the cache beside the input",
        ),
        pytest.param(
            {
                "prompt_tokens": 10,
                "completion_tokens": 5,
                "total_tokens": 115,
                "completion_tokens_details": {"reasoning_tokens": 100},
            },
            Usage(10, 105, 115, None, None, 100),
            id="reasoning beside the output",
        ),
        pytest.param(
            {"prompt_tokens": 10, "completion_tokens": "many", "total_tokens": True},
            Usage(10, None, None),
            id="no numbers",
        ),
    ],
)
def test_counts(value: dict[str, Any], expected: Usage) -> None:
    found = token_usage(value, "CHAT_MODEL")
    assert found is not None
    assert found.counts == expected


def test_embeddings_count_their_input() -> None:
    found = token_usage({"prompt_tokens": 7, "total_tokens": 7}, "EMBEDDING")
    assert found is not None
    assert found.counts == Usage(7, None, 7)


def test_modalities_are_parts_of_the_counts() -> None:
    found = token_usage(
        {
            "prompt_tokens": 10,
            "completion_tokens": 5,
            "prompt_tokens_details": {"audio_tokens": 6, "text_tokens": 4, "image_tokens": 0},
            "completion_tokens_details": {"audio_tokens": 5},
        },
        "CHAT_MODEL",
    )
    assert found is not None
    assert found.modalities == {"text.input": 4, "audio.input": 6, "audio.output": 5}


@pytest.mark.parametrize("value", [None, [], {}, "3", {"prompt_tokens": 0, "completion_tokens": 0}])
def test_nothing_counted(value: object) -> None:
    assert token_usage(value, "CHAT_MODEL") is None
