"""A scripted server, clients for it, and the spans that come out."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import openai
import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import spanbridge.openai
from spanbridge import settings
from tests.support.recorded import logs

from .server import Server, running

__all__ = ["logs"]


class Spans:
    """The spans that have ended."""

    def __init__(self) -> None:
        self.exporter = InMemorySpanExporter()

    def all(self) -> list[ReadableSpan]:
        return list(self.exporter.get_finished_spans())

    def one(self) -> ReadableSpan:
        (span,) = self.all()
        return span

    def attributes(self) -> dict[str, Any]:
        return dict(self.one().attributes or {})

    def json(self, key: str) -> Any:
        return json.loads(self.attributes()[key])

    def chunks(self) -> list[Any]:
        return [
            json.loads(str((event.attributes or {})["mlflow.chunk.value"]))
            for event in self.one().events
            if event.name.startswith("mlflow.chunk.item.")
        ]


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[Spans]:
    found = Spans()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(found.exporter))
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", provider)
    settings.restore(None)
    yield found
    settings.restore(None)


@pytest.fixture
def autolog() -> Iterator[None]:
    spanbridge.openai.autolog()
    yield
    spanbridge.openai.autolog(disable=True)


@pytest.fixture
def server() -> Iterator[Server]:
    with running() as script:
        yield script


@pytest.fixture
def client(server: Server, autolog: None) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(api_key="key", base_url=server.url, max_retries=0) as made:
        yield made


@pytest.fixture
async def aclient(server: Server, autolog: None) -> AsyncIterator[openai.AsyncOpenAI]:
    async with openai.AsyncOpenAI(api_key="key", base_url=server.url, max_retries=0) as made:
        yield made
