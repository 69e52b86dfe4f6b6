"""``spanbridge serve --forward`` as an operator runs it, with a second service to pass on to."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.processes import Service, running, wait_until
from tests.e2e.reading import read
from tests.e2e.sending import LOGS, TRACES, GrpcSender, HttpSender
from tests.forward.destinations import Say, http_destination
from tests.support import otlp

SPANS = "SELECT SpanName, count() FROM otel_traces GROUP BY SpanName"


def spans_in(store: object) -> dict[str, int]:
    return {str(name): int(count) for name, count in read(store, {"spans": SPANS})["spans"]}


@pytest.fixture
def second(template_store: Path, tmp_path: Path) -> Iterator[Service]:
    """A service to pass on to, not started."""
    directory = tmp_path / "second"
    store = shutil.copytree(template_store, directory / "store", symlinks=True)
    service = Service(directory, "--store", store)
    yield service
    if service.alive:
        service.kill()


def queued(service: Service) -> float:
    return service.metric("spanbridge_forward_queue_requests")


@pytest.mark.parametrize("scheme", ["otlp", "http"])
def test_everything_stored_arrives_once_and_a_retry_is_not_passed_on_again(
    empty_store: Path, tmp_path: Path, second: Service, scheme: str
) -> None:
    second.start()
    address = second.grpc if scheme == "otlp" else second.http
    names = [f"span{n}" for n in range(6)]
    options = ["--forward", f"{scheme}://{address}"]
    with running(tmp_path, "--store", empty_store, *options) as first:
        senders = [GrpcSender(first.grpc), HttpSender(first.http)]
        for number, name in enumerate(names):
            body = otlp.traces(name, trace_id=number + 1).SerializeToString()
            for _ in range(2):
                assert senders[number % 2](TRACES, body).ok
        # A first connection takes a busy machine longer than a stop waits.
        wait_until(lambda: queued(first) == 0, "the spans to be passed on")
        assert senders[0](LOGS, otlp.logs("a record").SerializeToString()).ok
        # A stop passes on what waits.
        assert first.stop() == 0
        senders[0].close()
        assert first.errors == ""
    assert second.stop() == 0
    assert spans_in(second.store) == dict.fromkeys(names, 1)
    (counted,) = read(second.store, {"logs": "SELECT count() FROM otel_logs"})["logs"]
    assert counted == [1]


@pytest.mark.slow
def test_while_the_destination_is_away_ingest_goes_on_and_all_arrives_when_it_is_back(
    empty_store: Path, tmp_path: Path, second: Service
) -> None:
    destination = f"otlp://{second.grpc}"
    with running(tmp_path, "--store", empty_store, "--forward", destination) as first:
        send = HttpSender(first.http)
        accepted = []

        def accept(count: int) -> None:
            for _ in range(count):
                name = f"span{len(accepted)}"
                body = otlp.traces(name, trace_id=len(accepted) + 1).SerializeToString()
                assert send(TRACES, body).ok
                accepted.append(name)

        accept(10)
        assert first.readiness() == 200
        assert queued(first) == 10
        second.start()
        wait_until(lambda: queued(first) == 0, "what waited to be passed on")
        accept(10)
        wait_until(lambda: queued(first) == 0, "what followed")
        second.kill()
        accept(10)
        second.start()
        wait_until(lambda: queued(first) == 0, "what came after the kill")
        assert first.metric("spanbridge_forwarded_records_total", signal="traces") == 30
        assert first.stop() == 0
    assert second.stop() == 0
    assert spans_in(second.store) == dict.fromkeys(accepted, 1)
    assert "does not take what is passed on: UNAVAILABLE" in first.errors


def test_the_experiment_a_request_names_is_passed_on_and_secrets_are_not_logged(
    empty_store: Path, tmp_path: Path
) -> None:
    with http_destination() as (url, destination):
        destination.always = Say(401, words="Bearer hunter2 is not welcome")
        options = ["--forward", url, "--forward-header", "authorization=Bearer%20hunter2"]
        options += ["--forward-header", "x-mlflow-experiment-id=1", "--log-level", "debug"]
        with running(tmp_path, "--store", empty_store, *options) as first:
            body = otlp.traces("a").SerializeToString()
            assert HttpSender(first.http)(TRACES, body).ok
            wait_until(lambda: destination.attempts, "the attempt")
            sender = GrpcSender(first.grpc)
            assert sender(TRACES, otlp.traces("b").SerializeToString()).ok
            sender.close()
            assert first.stop() == 0
    for attempt in destination.attempts:
        assert attempt.headers["authorization"] == "Bearer hunter2"
        assert attempt.headers["x-mlflow-experiment-id"] == "1"
    assert "refused (401; check --forward-header)" in first.errors
    assert "hunter2" not in first.errors + first.output
    assert f"forwards to {url} (dialect: none)" in first.output
