from __future__ import annotations

import pytest

from spanbridge.openai.endpoints import endpoint_of


@pytest.mark.parametrize(
    ("url", "api"),
    [
        ("/chat/completions", "chat"),
        ("chat/completions", "chat"),
        ("/completions", "completions"),
        ("/responses", "responses"),
        ("/responses?beta=true", "responses"),
        ("/embeddings", "embeddings"),
        ("/images/generations", "images"),
        ("/images/edits", "images"),
        ("/images/variations", "images"),
        ("/deployments/completions/embeddings", "embeddings"),
        ("/deployments/gpt-4o/chat/completions", "chat"),
        ("https://llm.example.com/openai/v1/chat/completions/", "chat"),
    ],
)
def test_recorded_endpoints(url: str, api: str) -> None:
    endpoint = endpoint_of("post", url)
    assert endpoint is not None
    assert endpoint.api == api


@pytest.mark.parametrize(
    ("method", "url"),
    [
        ("get", "/organization/usage/completions"),
        ("post", "/responses/compact"),
        ("post", "/responses/resp_1/cancel"),
        ("post", "/moderations"),
        ("post", "/audio/transcriptions"),
        ("post", "/files?purpose=/chat/completions"),
        ("post", "/mycompletions"),
        ("delete", "/responses"),
    ],
)
def test_other_requests_are_none_of_ours(method: str, url: str) -> None:
    assert endpoint_of(method, url) is None
