"""Traces that go on in other services and other threads."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from opentelemetry import baggage, propagate
from opentelemetry import context as otel_context
from opentelemetry.context import Context
from opentelemetry.propagators.textmap import (
    Getter,
    Setter,
    TextMapPropagator,
    default_getter,
    default_setter,
)
from opentelemetry.trace import (
    NonRecordingSpan,
    SpanContext,
    TraceFlags,
    get_current_span,
    set_span_in_context,
)

import spanbridge
from spanbridge.tracing import (
    copy_context_to_thread,
    get_tracing_context_headers_for_http_request,
    set_tracing_context_from_http_request_headers,
)
from tests.support.recorded import Recorded

TRACE_ID, SPAN_ID = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
HEADERS = {"traceparent": f"00-{TRACE_ID}-{SPAN_ID}-01", "tracestate": "vendor=1"}


def test_headers_name_the_current_span(recorded: Recorded) -> None:
    assert get_tracing_context_headers_for_http_request() == {}
    with spanbridge.start_span("call") as span:
        headers = get_tracing_context_headers_for_http_request()
    assert headers["traceparent"].startswith(f"00-{span.trace_id}-{span.span_id}-0")


@pytest.mark.parametrize("change", [str.lower, str.upper, str.title])
def test_a_trace_goes_on(recorded: Recorded, change: Any) -> None:
    headers = {change(key): value for key, value in HEADERS.items()}
    with set_tracing_context_from_http_request_headers(headers), spanbridge.start_span("server"):
        onwards = get_tracing_context_headers_for_http_request()
    span = recorded.one()
    assert span.context is not None
    assert span.parent is not None
    assert (f"{span.context.trace_id:032x}", f"{span.parent.span_id:016x}") == (TRACE_ID, SPAN_ID)
    assert span.parent.is_remote
    assert onwards["tracestate"] == "vendor=1"
    assert not get_current_span().get_span_context().is_valid


@pytest.mark.parametrize(
    "headers", [{}, {"traceparent": "nonsense"}, {"traceparent": ""}, {"accept": "*/*"}]
)
def test_without_a_trace_one_begins(recorded: Recorded, headers: dict[str, str]) -> None:
    with set_tracing_context_from_http_request_headers(headers), spanbridge.start_span("server"):
        pass
    assert recorded.one().parent is None


def test_a_caller_that_is_not_sampled_is_followed(recorded: Recorded) -> None:
    headers = {"traceparent": f"00-{TRACE_ID}-{SPAN_ID}-00"}
    with set_tracing_context_from_http_request_headers(headers), spanbridge.start_span("server"):
        onwards = get_tracing_context_headers_for_http_request()
    assert recorded.all() == []
    assert onwards["traceparent"].startswith(f"00-{TRACE_ID}-")
    assert onwards["traceparent"].endswith("-00")


def test_baggage_passes_and_is_nobody_elses(recorded: Recorded) -> None:
    token = otel_context.attach(baggage.set_baggage("tenant", "t-1"))
    try:
        with spanbridge.start_span("call"):
            headers = get_tracing_context_headers_for_http_request()
            assert baggage.get_all() == {"tenant": "t-1"}
    finally:
        otel_context.detach(token)
    assert headers["baggage"] == "tenant=t-1"
    with set_tracing_context_from_http_request_headers(headers), spanbridge.start_span("server"):
        assert baggage.get_baggage("tenant") == "t-1"
    assert baggage.get_all() == {}
    assert "t-1" not in recorded.everything()


class CapitalPropagator(TextMapPropagator):
    """A propagator with a header of its own, which it asks for in its own spelling."""

    HEADER = "X-Vendor-Trace"

    def extract(
        self,
        carrier: Any,
        context: Context | None = None,
        getter: Getter[Any] = default_getter,
    ) -> Context:
        found = getter.get(carrier, self.HEADER)
        if not found:
            return context or Context()
        trace_id, span_id = (int(part, 16) for part in found[0].split(";"))
        span_context = SpanContext(trace_id, span_id, True, TraceFlags(1))
        return set_span_in_context(NonRecordingSpan(span_context), context)

    def inject(
        self,
        carrier: Any,
        context: Context | None = None,
        setter: Setter[Any] = default_setter,
    ) -> None:
        current = get_current_span(context).get_span_context()
        setter.set(carrier, self.HEADER, f"{current.trace_id:x};{current.span_id:x}")

    @property
    def fields(self) -> set[str]:
        return {self.HEADER}


@pytest.fixture
def own_propagator() -> Iterator[None]:
    usual = propagate.get_global_textmap()
    propagate.set_global_textmap(CapitalPropagator())
    yield
    propagate.set_global_textmap(usual)


def test_propagators_of_the_application(recorded: Recorded, own_propagator: None) -> None:
    with spanbridge.start_span("client") as client:
        headers: Mapping[str, str] = get_tracing_context_headers_for_http_request()
    assert list(headers) == ["X-Vendor-Trace"]
    with set_tracing_context_from_http_request_headers(headers), spanbridge.start_span("server"):
        pass
    assert recorded.parents() == {"client": None, "server": "client"}
    assert recorded.named("server").parent is not None
    assert client.span_id == f"{recorded.named('client').context.span_id:016x}"  # type: ignore[union-attr]


def test_threads_of_a_pool_go_on_with_the_trace(recorded: Recorded) -> None:
    @spanbridge.trace
    def work(number: int) -> int:
        return number

    with ThreadPoolExecutor(4) as pool:
        with spanbridge.start_span("root"):
            assert list(pool.map(copy_context_to_thread(work), range(8))) == list(range(8))
        pool.submit(work, 9).result()
    works = [span for span in recorded.all() if span.name == "work"]
    assert [span.parent is None for span in works].count(True) == 1


async def test_tasks_and_threads_of_asyncio_go_on_with_the_trace(recorded: Recorded) -> None:
    @spanbridge.trace
    async def work(number: int) -> None:
        await asyncio.to_thread(spanbridge.trace(len), "x" * number)

    with spanbridge.start_span("root"):
        await asyncio.gather(*(work(number) for number in range(3)))
    assert {(name, parent) for name, parent in recorded.parents().items()} == {
        ("len", "work"),
        ("work", "root"),
        ("root", None),
    }
