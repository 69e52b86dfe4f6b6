"""What happens between this process and the service, and what is said when it goes wrong."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from spanbridge.exceptions import (
    InvalidValueError,
    NotFoundError,
    ServiceError,
    ServiceUnavailableError,
    SpanbridgeError,
)
from spanbridge.reading import transport
from spanbridge.reading.transport import Transport
from tests.e2e.processes import free_port
from tests.sdk.reading.scripted import DROP, RESET, Answer, ScriptedService, refused, told

BUSY = refused(503, "busy", "too many questions are waiting")


@pytest.fixture
def client(scripted: ScriptedService) -> Transport:
    return transport.transport_to(scripted.uri)


def test_json_goes_there_and_back(scripted: ScriptedService, client: Transport) -> None:
    scripted.answers(told({"deleted": 1}))

    assert client.send("POST", "traces/delete", {"trace_ids": ["ä"]}) == {"deleted": 1}

    [asked] = scripted.asked
    assert asked[:3] == ("POST", "/api/traces/delete", {"trace_ids": ["ä"]})
    assert asked.headers["content-type"] == "application/json"
    assert asked.headers["user-agent"].startswith("spanbridge/")


def test_reading_traces_makes_no_traces(scripted: ScriptedService, client: Transport) -> None:
    import httpx
    from opentelemetry.context import _SUPPRESS_INSTRUMENTATION_KEY, get_value

    seen = []
    client._client.event_hooks["request"].append(
        lambda _: seen.append(get_value(_SUPPRESS_INSTRUMENTATION_KEY))
    )
    assert isinstance(client._client, httpx.Client)
    scripted.answers(told(1))

    client.get("x")

    assert seen == [True]
    assert get_value(_SUPPRESS_INSTRUMENTATION_KEY) is None


def test_nobody_there_is_told_soon_and_with_what_to_do() -> None:
    uri = f"http://127.0.0.1:{free_port()}"
    began = time.monotonic()

    with pytest.raises(ServiceUnavailableError) as raised:
        Transport(uri).get("traces/x")

    assert time.monotonic() - began < 2
    message = str(raised.value)
    assert uri in message
    assert "refused" in message
    assert "spanbridge serve" in message
    assert "SPANBRIDGE_TRACKING_URI" in message
    assert raised.value.error_code == "unavailable"


def test_a_password_in_the_address_is_not_told() -> None:
    with pytest.raises(ServiceUnavailableError) as raised:
        Transport(f"http://me:secret@127.0.0.1:{free_port()}").get("traces/x")
    assert "secret" not in str(raised.value)


def test_a_password_in_the_address_is_sent_and_not_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(0)
    with ScriptedService() as service:
        service.answers(told({}))
        client = Transport(service.uri.replace("://", "://me:s%40cret@"))
        client.get("x")
        client.close()
    assert service.asked[0].headers["authorization"] == "Basic bWU6c0BjcmV0"
    assert "cret" not in caplog.text


def test_one_who_does_not_accept_is_not_waited_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "CONNECT_TIMEOUT_S", 0.3)
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        others = [socket.socket() for _ in range(4)]
        for other in others:
            other.setblocking(False)
            other.connect_ex(full.getsockname())
        began = time.monotonic()
        with pytest.raises(ServiceUnavailableError, match="timed out"):
            Transport(f"http://127.0.0.1:{full.getsockname()[1]}").get("x")
        assert time.monotonic() - began < 1
        for other in others:
            other.close()


def test_one_who_never_answers_is_not_waited_for_longer_than_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(transport, "READ_TIMEOUT_S", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        client = Transport(f"http://127.0.0.1:{silent.getsockname()[1]}")
        began = time.monotonic()
        with pytest.raises(ServiceUnavailableError, match="timed out"):
            client.get("x")
        assert time.monotonic() - began < 1
        client.close()


def test_a_service_that_starts_meanwhile_is_found() -> None:
    port = free_port()
    server: list[socket.socket] = []

    def serve() -> None:
        with socket.create_server(("127.0.0.1", port)) as listening:
            connection, _ = listening.accept()
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n7")
            server.append(connection)

    late = threading.Timer(0.1, serve)
    late.start()
    client = Transport(f"http://127.0.0.1:{port}")
    assert client.send("POST", "x", {}, repeatable=False) == 7
    late.join()
    client.close()
    server[0].close()


def test_a_busy_service_is_asked_again(scripted: ScriptedService, client: Transport) -> None:
    scripted.answers(BUSY, BUSY, told("done"))
    assert client.get("x") == "done"
    assert len(scripted.asked) == 3


def test_a_busy_service_says_when(scripted: ScriptedService, client: Transport) -> None:
    scripted.answers(refused(503, "busy", "wait", retry_after="1"), told("done"))
    began = time.monotonic()
    assert client.get("x") == "done"
    assert 1 <= time.monotonic() - began < 2


def test_a_service_away_for_long_is_not_waited_for(
    scripted: ScriptedService, client: Transport
) -> None:
    scripted.answers(refused(503, "busy", "wait", retry_after="120"))
    began = time.monotonic()
    with pytest.raises(ServiceUnavailableError, match="wait"):
        client.get("x")
    assert time.monotonic() - began < 1
    assert len(scripted.asked) == 1


def test_attempts_end(scripted: ScriptedService, client: Transport) -> None:
    scripted.answers(BUSY)
    with pytest.raises(ServiceUnavailableError, match="too many questions are waiting"):
        client.get("x")
    assert len(scripted.asked) == transport.ATTEMPTS


@pytest.mark.parametrize("first", [BUSY, DROP, RESET], ids=["busy", "dropped", "reset"])
def test_what_may_not_happen_twice_is_sent_once(
    scripted: ScriptedService, client: Transport, first: Answer
) -> None:
    scripted.answers(first, told("twice"))
    with pytest.raises(ServiceUnavailableError):
        client.send("POST", "traces/x/assessments", {}, repeatable=False)
    assert len(scripted.asked) == 1


@pytest.mark.parametrize("first", [DROP, RESET], ids=["dropped", "reset"])
def test_a_lost_connection_is_opened_again(
    scripted: ScriptedService, client: Transport, first: Answer
) -> None:
    scripted.answers(first, told("there"))
    assert client.get("x") == "there"


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "bad_request", InvalidValueError),
        (404, "not_found", NotFoundError),
        (413, "too_large", ServiceError),
        (500, "internal", ServiceError),
        (415, "unsupported_media_type", ServiceError),
    ],
)
def test_refusals_say_what_the_service_says(
    scripted: ScriptedService, client: Transport, status: int, code: str, kind: type[Exception]
) -> None:
    scripted.answers(refused(status, code, "that cannot be", "do this"))
    with pytest.raises(kind, match="that cannot be: do this") as raised:
        client.get("x")
    assert isinstance(raised.value, SpanbridgeError)
    assert raised.value.error_code == ("invalid_value" if status == 400 else code)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, b"<html>hello</html>"),
        Answer(200, b""),
        Answer(200, b'{"traces": ['),
        Answer(200, b"[" * 100_000),
        Answer(200, b"\xff\xfe"),
        Answer(404, b"404 page not found"),
        Answer(404, b'{"error": "nothing"}'),
        Answer(404, b'{"error": {"code": 1}}'),
        Answer(302, b"", (("location", "http://127.0.0.1:1/elsewhere"),)),
        Answer(500, b"[]"),
        Answer(200, b"\x1f\x8bnot gzip", (("content-encoding", "gzip"),)),
    ],
    ids=lambda answer: f"{answer.status}-{answer.body[:8]!r}",
)
def test_what_is_no_service_is_told(
    scripted: ScriptedService, client: Transport, answer: Answer
) -> None:
    scripted.answers(answer)
    with pytest.raises((ServiceError, ServiceUnavailableError)) as raised:
        client.get("x")
    assert scripted.uri in str(raised.value)
    assert "SPANBRIDGE_TRACKING_URI" in str(raised.value)
    assert len(scripted.asked) == 1


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), {1, 2}, b"bytes"])
def test_what_json_cannot_spell_is_not_sent(
    scripted: ScriptedService, client: Transport, value: object
) -> None:
    with pytest.raises(InvalidValueError, match="JSON cannot spell"):
        client.send("POST", "x", {"value": value})
    assert scripted.asked == []


@pytest.mark.parametrize(
    "uri", ["http://[::1", "http://host:port", "localhost:4318", "http://", "ftp://host"]
)
def test_an_address_that_is_none_is_told(uri: str) -> None:
    with pytest.raises(InvalidValueError, match="no address of a service"):
        Transport(uri).get("x")


def test_a_proxy_is_not_asked_the_way_to_this_machine(
    scripted: ScriptedService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    monkeypatch.delenv("NO_PROXY", raising=False)
    scripted.answers(told("direct"))
    client = Transport(scripted.uri)
    assert client.get("x") == "direct"
    client.close()


def test_connections_are_shared(scripted: ScriptedService) -> None:
    assert transport.transport_to(scripted.uri) is transport.transport_to(scripted.uri)
