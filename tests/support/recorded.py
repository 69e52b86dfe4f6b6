"""Spans as an application's provider gets them, with ids and times that are the same each time."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter, SimpleLogRecordProcessor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanLimits, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.sdk.trace.sampling import Sampler

from spanbridge import tracing
from tests.support.documents import START_NS


class CountedIds(IdGenerator):
    """Ids 1, 2, 3 ..."""

    def __init__(self) -> None:
        self._traces, self._spans = itertools.count(1), itertools.count(1)

    def generate_trace_id(self) -> int:
        return next(self._traces)

    def generate_span_id(self) -> int:
        return next(self._spans)


class Recorded:
    """The spans that have ended, in the order of their ends."""

    def __init__(self, exporter: InMemorySpanExporter) -> None:
        self.exporter = exporter

    def all(self) -> list[ReadableSpan]:
        return list(self.exporter.get_finished_spans())

    def one(self) -> ReadableSpan:
        [span] = self.all()
        return span

    def named(self, name: str) -> ReadableSpan:
        [span] = [span for span in self.all() if span.name == name]
        return span

    def attributes(self, name: str | None = None) -> dict[str, Any]:
        return dict((self.one() if name is None else self.named(name)).attributes or {})

    def json(self, key: str, name: str | None = None) -> Any:
        return json.loads(self.attributes(name)[key])

    def inputs(self, name: str | None = None) -> Any:
        return self.json("mlflow.spanInputs", name)

    def outputs(self, name: str | None = None) -> Any:
        return self.json("mlflow.spanOutputs", name)

    def chunks(self, name: str | None = None) -> list[Any]:
        span = self.one() if name is None else self.named(name)
        return [
            json.loads(str((event.attributes or {})["mlflow.chunk.value"]))
            for event in span.events
            if event.name.startswith("mlflow.chunk.item.")
        ]

    def parents(self) -> dict[str, str | None]:
        """By each span's name, the name of the span above it."""
        names = {span.context.span_id: span.name for span in self.all() if span.context}
        return {
            span.name: names.get(span.parent.span_id) if span.parent else None
            for span in self.all()
        }

    def everything(self) -> str:
        """All that leaves the process, as one text to look for something in."""
        return "".join(span.to_json() for span in self.all())


def status(span: ReadableSpan) -> tuple[str, str | None]:
    """Its code, and what is said of it."""
    return span.status.status_code.name, span.status.description


@contextmanager
def recording(
    monkeypatch: pytest.MonkeyPatch,
    *,
    sampler: Sampler | None = None,
    limits: SpanLimits | None = None,
    processors: Sequence[SpanProcessor] = (),
) -> Iterator[Recorded]:
    """A provider of the application that keeps the spans, until the block ends."""
    provider = TracerProvider(
        sampler=sampler,
        span_limits=limits,
        id_generator=CountedIds(),
        resource=Resource({}),
        shutdown_on_exit=False,
    )
    exporter = InMemorySpanExporter()
    for processor in (*processors, SimpleSpanProcessor(exporter)):
        provider.add_span_processor(processor)
    monkeypatch.setattr(trace, "get_tracer_provider", lambda: provider)
    tracing.reset()
    yield Recorded(exporter)
    tracing.reset()


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> Iterator[Recorded]:
    """The spans that end, recorded by a provider of the application."""
    with recording(monkeypatch) as spans:
        yield spans


@pytest.fixture
def logs(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemoryLogRecordExporter]:
    """The log records that a provider of the application gets."""
    exporter = InMemoryLogRecordExporter()
    provider = LoggerProvider(shutdown_on_exit=False)
    provider.add_log_record_processor(SimpleLogRecordProcessor(exporter))
    monkeypatch.setattr("opentelemetry._logs._internal._LOGGER_PROVIDER", provider)
    yield exporter
    provider.shutdown()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """A millisecond passes between all beginnings and ends of spans."""
    ticks: Callable[[], int] = itertools.count(START_NS, 1_000_000).__next__
    monkeypatch.setattr("opentelemetry.sdk.trace.time_ns", ticks)


def as_document(span: ReadableSpan) -> dict[str, Any]:
    """A span as JSON, with what JSON says inside texts spelled out."""
    document: dict[str, Any] = json.loads(span.to_json())
    del document["resource"]
    document["attributes"] = _spelled_out(document["attributes"])
    for event in document["events"]:
        event["attributes"] = _spelled_out(event["attributes"])
    return document


def _spelled_out(attributes: Mapping[str, Any]) -> dict[str, Any]:
    found = {}
    for key, value in sorted(attributes.items()):
        if key == "exception.stacktrace":
            # Has line numbers and paths in it.
            found[key] = str(value).splitlines()[-1]
        elif isinstance(value, str) and value[:1] in ("{", "["):
            found[key] = {"json": json.loads(value)}
        else:
            found[key] = value
    return found
