from __future__ import annotations

import time
from contextlib import AbstractContextManager

import pytest

from spanbridge_ingest.forward import pipeline
from spanbridge_ingest.forward.http_client import HttpClient
from spanbridge_ingest.forward.options import ForwardLimits
from spanbridge_ingest.forward.records import Logs, Traces
from tests.forward.destinations import Destination, Say, grpc_destination, http_destination
from tests.forward.passing import passing
from tests.support import otlp

BOTH = pytest.mark.parametrize("serve", [grpc_destination, http_destination])


def log_of(trace_id: int, body: str) -> Logs:
    request = otlp.logs(body)
    (record,) = request.resource_logs[0].scope_logs[0].log_records
    record.trace_id = trace_id.to_bytes(16, "big")
    return request


def noting(request: Traces, context: list[Logs]) -> Traces:
    """A translation that shows what it was given: the log records go into the spans' names."""
    records = [
        record
        for logs in context
        for resource in logs.resource_logs
        for scope in resource.scope_logs
        for record in scope.log_records
    ]
    for resource in request.resource_spans:
        for scope in resource.scope_spans:
            for span in scope.spans:
                own = [r.body.string_value for r in records if r.trace_id == span.trace_id]
                span.name = "+".join([span.name, *own])
    return request


@BOTH
async def test_everything_is_passed_on_once_and_as_it_came(serve) -> None:
    requests = [otlp.traces(f"a{i}", f"b{i}", trace_id=i + 1) for i in range(50)]
    with serve() as (url, destination):
        async with passing(url) as through:
            numbers = [through.give(request) for request in requests]
            numbers += [through.give(otlp.logs(f"log{i}")) for i in range(50)]
            await through.until_done(*numbers)
        assert set(destination.taken().values()) == {1}
        assert len(destination.taken()) == 100
        assert destination.taken("logs") == {f"log{i}": 1 for i in range(50)}
        assert sorted(through.total.done) == numbers
        came = Traces()
        for attempt in destination.attempts:
            if attempt.signal == "traces":
                came.MergeFrom(attempt.message)
        sent = Traces(resource_spans=[r for request in requests for r in request.resource_spans])
        assert came == sent
    assert through.total.delivered == {"traces": 100, "logs": 50}
    assert not through.total.dropped
    assert all(attempt.compressed for attempt in destination.attempts)


@BOTH
async def test_headers_are_sent_and_facts_of_a_request_win(serve) -> None:
    configured = (("authorization", "Bearer x"), ("x-mlflow-experiment-id", "0"))
    with serve() as (url, destination):
        async with passing(url, headers=configured) as through:
            through.give(otlp.traces("plain"))
            through.give(otlp.traces("filed"), (("mlflow.experimentId", "7"),))
            through.give(otlp.traces("other"), (("some.fact", "7"),))
    experiments = {}
    for attempt in destination.attempts:
        assert attempt.headers["authorization"] == "Bearer x"
        for name in attempt.names:
            experiments[name] = attempt.headers["x-mlflow-experiment-id"]
    assert experiments == {"plain": "0", "filed": "7", "other": "0"}


async def test_spans_wait_for_their_trace_and_its_log_records() -> None:
    with grpc_destination() as (url, destination):
        async with passing(url, noting) as through:
            through.give(log_of(1, "before"))
            through.give(otlp.traces("one", trace_id=1))
            through.give(otlp.traces("other", trace_id=2))
            through.give(log_of(1, "after"))
            through.give(otlp.traces("two", trace_id=1))
            await through.until(lambda: len(destination.taken()) == 3)
        assert set(destination.taken()) == {"other", "one+before+after", "two+before+after"}
        # Log records complete spans; they are not passed on themselves.
        assert not destination.taken("logs")
    assert set(destination.taken().values()) == {1}
    assert sorted(through.total.done) == [1, 2, 3, 4, 5]


async def test_a_translation_that_fails_passes_the_trace_on_as_it_came(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def failing(request: Traces, context: list[Logs]) -> Traces:
        if any(r.scope_spans[0].spans[0].name == "odd" for r in request.resource_spans):
            raise KeyError("the content of a span")
        return noting(request, context)

    with grpc_destination() as (url, destination):
        async with passing(url, failing) as through:
            for n, name in enumerate(("good", "odd", "fine"), 1):
                through.give(otlp.traces(name, trace_id=n))
        assert destination.taken() == {"good": 1, "odd": 1, "fine": 1}
    assert through.total.untranslated == 1
    assert "unexpected KeyError" in caplog.text
    assert "content of a span" not in caplog.text


@pytest.mark.parametrize("translate", [None, noting])
async def test_spans_that_were_put_aside_are_not_passed_on(translate) -> None:
    request = otlp.traces("good", "bad", "worse")
    spans = request.resource_spans[0].scope_spans[0].spans
    spans[1].trace_id = b"short"
    spans[2].span_id = bytes(8)
    hopeless = otlp.traces("none")
    hopeless.resource_spans[0].scope_spans[0].spans[0].trace_id = bytes(16)
    with grpc_destination() as (url, destination):
        async with passing(url, translate) as through:
            numbers = [through.give(request), through.give(hopeless), through.give(b"\x0a\x05ab")]
            await through.until_done(*numbers)
        assert destination.taken() == {"good": 1}
    assert through.total.undecodable == [3]


async def test_a_request_is_done_when_all_of_its_traces_are() -> None:
    both = otlp.traces("one", trace_id=1)
    both.MergeFrom(otlp.traces("two", trace_id=2))
    with http_destination(Say(503, "1")) as (url, destination):
        async with passing(url, noting) as through:
            number = through.give(both)
            await through.until(lambda: destination.attempts)
            assert number not in through.total.done
            await through.until_done(number)
    assert destination.taken() == {"one": 1, "two": 1}


async def test_a_stop_does_not_wait_for_what_is_held() -> None:
    patient = ForwardLimits(settle_s=600, settle_most_s=600, flush_s=10)
    with grpc_destination() as (url, destination):
        started = time.monotonic()
        async with passing(url, noting, patient) as through:
            for n in range(1, 20):
                through.give(otlp.traces(f"held{n}", trace_id=n))
        assert time.monotonic() - started < 5
        assert len(destination.taken()) == 19
    assert not through.total.dropped


async def test_a_stop_while_the_destination_is_away_is_short_and_counted() -> None:
    limits = ForwardLimits(retry_s=600, flush_s=1.2, backoff_first_s=30, backoff_most_s=30)
    with http_destination() as (url, destination):
        destination.always = Say(503)
        started = time.monotonic()
        async with passing(url, limits=limits) as through:
            through.give(otlp.traces("a", "b"))
            await through.until(lambda: destination.attempts)
            through.give(otlp.traces("c"))
            through.give(otlp.logs("d"))
        assert time.monotonic() - started < 5
        # The pause after the first failure was cut short: there is one more attempt.
        assert len(destination.attempts) >= 2
    assert through.dropped == {"stopped": 4}
    assert sorted(through.total.done) == [1, 2, 3]


@BOTH
async def test_a_destination_that_was_killed_gets_the_rest_when_it_is_back(serve) -> None:
    def run(port: int = 0) -> AbstractContextManager[tuple[object, Destination]]:
        return serve(port=port)

    with run() as (url, before):
        port = url.port
        forwarding = passing(url)
        through = await forwarding.__aenter__()
        through.give(otlp.traces("first"))
        await through.until(before.taken)
    numbers = [through.give(otlp.traces(f"later{i}")) for i in range(10)]
    await through.until(lambda: through.total.retries > 1)
    with run(port) as (_, after):
        await through.until_done(*numbers)
        await forwarding.__aexit__(None, None, None)
    assert before.taken() == {"first": 1}
    assert after.taken() == {f"later{i}": 1 for i in range(10)}
    assert not through.total.dropped


async def test_what_traces_share_is_passed_on_once() -> None:
    request = otlp.traces(*(f"span{n}" for n in range(1500)), service="x" * 400_000)
    for number, span in enumerate(request.resource_spans[0].scope_spans[0].spans, 1):
        span.trace_id = number.to_bytes(16, "big")
    with http_destination() as (url, destination):
        async with passing(url, noting) as through:
            await through.until_done(through.give(request))
    (attempt,) = destination.attempts
    assert len(attempt.names) == 1500
    assert len(attempt.message.resource_spans) == 1
    assert attempt.message.ByteSize() == request.ByteSize()


@pytest.mark.parametrize("translate", [None, noting])
async def test_a_fault_while_taking_over_costs_one_request(monkeypatch, caplog, translate) -> None:
    split = pipeline.without_invalid

    def failing(request: Traces) -> Traces:
        if request.resource_spans[0].scope_spans[0].spans[0].name == "odd":
            raise MemoryError("the content of a span")
        return split(request)

    monkeypatch.setattr(pipeline, "without_invalid", failing)
    with http_destination() as (url, destination):
        async with passing(url, translate) as through:
            odd = through.give(otlp.traces("odd", "odder", trace_id=1))
            await through.until_done(odd, through.give(otlp.traces("next", trace_id=2)))
        assert destination.taken() == {"next": 1}
    assert through.dropped == {"failed": 2}
    assert "unexpected MemoryError" in caplog.text
    assert "content of a span" not in caplog.text


async def test_a_fault_halfway_counts_each_record_once(monkeypatch, caplog) -> None:
    send = HttpClient.send
    bodies: list[bytes] = []

    async def failing(self, signal, body, headers, timeout_s):
        bodies.append(body)
        if len(bodies) == 3:
            raise MemoryError("the content of a span")
        return await send(self, signal, body, headers, timeout_s)

    monkeypatch.setattr(HttpClient, "send", failing)
    with http_destination(Say(413)) as (url, destination):
        async with passing(url) as through:
            await through.until_done(through.give(otlp.traces("a", "b", "c", "d")))
            await through.until_done(through.give(otlp.traces("next")))
    assert destination.taken() == {"a": 1, "b": 1, "next": 1}
    assert through.total.delivered == {"traces": 3}
    assert through.dropped == {"failed": 2}
    assert "content of a span" not in caplog.text
