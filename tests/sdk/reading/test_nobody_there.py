"""A service that is not there: nobody waits for it, and everybody is told what to do."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

import spanbridge
from spanbridge import tracing, tracking
from spanbridge.exceptions import InvalidValueError, ServiceUnavailableError
from spanbridge.reading import flushing, transport
from tests.e2e.processes import free_port
from tests.sdk.reading.scripted import ScriptedService, told
from tests.support.programs import run_to_end

PROGRAM = """
import logging, time
logging.basicConfig(format="%(name)s %(message)s")
import spanbridge
spanbridge.trace(len)("x")
for read in (
    lambda: spanbridge.get_trace("1" * 32),
    lambda: spanbridge.search_traces(return_type="list"),
    lambda: spanbridge.MlflowClient().search_traces(),
    lambda: spanbridge.search_sessions(),
):
    began = time.monotonic()
    try:
        read()
    except spanbridge.MlflowException as error:
        print(round(time.monotonic() - began, 2), error)
"""


@pytest.fixture(autouse=True)
def _as_at_the_start(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("spanbridge.telling._told", set())
    monkeypatch.setattr(flushing, "_failed", False)
    yield
    tracing.reset()
    transport.close_all()


def test_who_reads_does_not_wait_and_is_told() -> None:
    uri = f"http://127.0.0.1:{free_port()}"
    env = {"SPANBRIDGE_TRACKING_URI": uri, "OTEL_BSP_SCHEDULE_DELAY": "100"}
    done = run_to_end("-c", PROGRAM, env=env)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == 4
    for line in lines:
        seconds, _, message = line.partition(" ")
        assert float(seconds) < 3, "three attempts take less than one second"
        assert uri in message
        assert "`spanbridge serve`" in message
    [told_of_sending] = [s for s in done.stderr.splitlines() if "Spans cannot be sent" in s]
    assert f"{uri}/v1/traces" in told_of_sending
    assert "`spanbridge serve`" in told_of_sending


def test_where_spans_cannot_be_sent_only_the_first_reader_waits(
    scripted: ScriptedService, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    sent = iter((False, False, True, True))

    def flush(timeout_s: float) -> bool:
        waited.append(timeout_s)
        return next(sent, True)

    monkeypatch.setattr("spanbridge.pipeline.provider.flush", flush)
    scripted.answers(told({"traces": [], "next_page_token": None}))
    for _ in range(4):
        spanbridge.search_traces(return_type="list")
    long, short = flushing.FLUSH_TIMEOUT_S, flushing.AGAIN_TIMEOUT_S
    assert waited == [long, short, short, long]


@pytest.mark.parametrize("uri", ["http://192.0.2.1:4318", "http://nowhere.invalid", "https://h"])
def test_only_this_machine_is_asked_whether_somebody_listens(uri: str) -> None:
    began = time.monotonic()
    assert not flushing.is_refused(uri)
    assert time.monotonic() - began < 0.5


def test_whether_somebody_listens(scripted: ScriptedService) -> None:
    assert not flushing.is_refused(scripted.uri)
    assert flushing.is_refused(f"http://127.0.0.1:{free_port()}")


@pytest.mark.parametrize("path", ["/v1/traces", "/v1/logs/", "/prefix/v1/traces", "/api"])
def test_where_spans_are_sent_is_no_tracking_uri(path: str) -> None:
    with pytest.raises(InvalidValueError, match="is the address of the service, without /"):
        spanbridge.set_tracking_uri(f"http://127.0.0.1:4318{path}")
    with pytest.raises(InvalidValueError, match="without"):
        spanbridge.MlflowClient(f"http://127.0.0.1:4318{path}")


def test_the_port_for_grpc_is_hinted_at(caplog: pytest.LogCaptureFixture) -> None:
    spanbridge.set_tracking_uri("http://127.0.0.1:4317")
    assert "4317, which usually takes OTLP over gRPC" in caplog.text
    assert spanbridge.get_tracking_uri() == "http://127.0.0.1:4317"
    caplog.clear()
    spanbridge.set_tracking_uri("http://127.0.0.1:4318/")
    assert caplog.records == []


def test_errors_of_reading_from_the_port_for_grpc_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "GRPC_PORT", port := free_port())
    with pytest.raises(ServiceUnavailableError, match="4317 is usually the port for gRPC"):
        transport.Transport(f"http://127.0.0.1:{port}").get("traces/x")


def test_whether_an_address_was_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SPANBRIDGE_TRACKING_URI", raising=False)
    assert not tracking.is_tracking_uri_set()
    monkeypatch.setenv("SPANBRIDGE_TRACKING_URI", "http://127.0.0.1:1")
    assert spanbridge.config.is_tracking_uri_set()
    monkeypatch.delenv("SPANBRIDGE_TRACKING_URI")
    spanbridge.set_tracking_uri("http://127.0.0.1:1")
    assert spanbridge.is_tracking_uri_set()


@pytest.mark.parametrize("protocol", ["grpc", "http/protobuf"])
def test_the_example_says_whether_it_was_sent(protocol: str) -> None:
    from tests.project.test_house_rules import ROOT

    endpoint = f"http://127.0.0.1:{free_port()}"
    env = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint,
        "OTEL_EXPORTER_OTLP_PROTOCOL": protocol,
        "OTEL_EXPORTER_OTLP_TIMEOUT": "1",
    }
    done = run_to_end(ROOT / "examples" / "otel_sdk.py", env=env)
    assert done.returncode == 1
    assert "sent trace" not in done.stdout
    assert "spanbridge serve" in done.stderr
