"""A model server that behaves like OpenAI, FireworksAI, Ollama or Azure, on loopback.

It answers what :mod:`spanbridge_ingest.demo.fake_replies` answers, and more of the interfaces: see
:class:`Script` for what a request can ask of it, :class:`FakeOpenAI` for where it is.

    with FakeOpenAI() as llm:
        client = openai.OpenAI(base_url=llm.url, api_key="sk-test")
        client.chat.completions.create(model="gpt-refusal", messages=[...])
        assert "traceparent" not in llm.requests[-1].headers
"""

from __future__ import annotations

from tests.support.fake_openai.scripts import Script
from tests.support.fake_openai.server import FakeOpenAI, Recorded

__all__ = ["FakeOpenAI", "Recorded", "Script"]
