"""A running service keeps the table of calls up to date; a stop does not wait for it."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from tests.calls.forests import request, span
from tests.e2e.outages import proxied
from tests.e2e.processes import Service, free_port, running, wait_until
from tests.e2e.reading import ask, read
from tests.e2e.sending import TRACES, GrpcSender

_EVERY = ("--calls-every-s", "1")
_SOON_S = 60.0
"""A second, and what the engine takes for the statement on a machine with other work."""
_STOP_S = 5.0
_TRACE = bytes(range(16))
_CALLS = "SELECT SpanId FROM otel_trace_calls ORDER BY SpanId"


def send(service: Service, number: int) -> str:
    """Send a span that is a model call; its id."""
    call = span(random.Random(number), _TRACE, number, 0, operation="chat")
    assert GrpcSender(service.grpc)(TRACES, request(call).SerializeToString()).ok
    return call.span_id.hex()


def test_a_call_is_there_soon_and_a_stop_does_not_wait(empty_store: Path, tmp_path: Path) -> None:
    front = f"127.0.0.1:{free_port()}"
    arguments = ("--store", empty_store, "--clickhouse-http", front, *_EVERY)
    with running(tmp_path, *arguments) as service:
        first, sent = send(service, 1), time.monotonic()
        wait_until(lambda: ask(service, _CALLS) == [{"SpanId": first}], "the call", _SOON_S)
        print(f"there after {time.monotonic() - sent:.1f} s")
        # While it judges what follows, most likely.
        second = send(service, 2)
        time.sleep(1)
        stopped = time.monotonic()
        assert service.stop() == 0
        print(f"stopped in {time.monotonic() - stopped:.1f} s")
        assert time.monotonic() - stopped < _STOP_S
        assert service.errors == ""
    with running(tmp_path, *arguments) as service:
        both = [{"SpanId": one} for one in (first, second)]
        wait_until(lambda: ask(service, _CALLS) == both, "the other call", _SOON_S)


@pytest.mark.slow
def test_it_pauses_while_the_store_is_away(tmp_path: Path) -> None:
    with proxied(tmp_path) as (server, proxy):
        store = f"http://127.0.0.1:{proxy.port}"
        with running(tmp_path, "--clickhouse", store, *_EVERY) as service:
            first = send(service, 1)
            wait_until(
                lambda: read(server.url, {"calls": _CALLS})["calls"] == [[first]],
                "the call",
                _SOON_S,
            )
            proxy.stop()
            wait_until(lambda: "upkeep of the store failed" in service.errors, "a word of it")
            time.sleep(3)
            assert service.errors.count("upkeep of the store failed") == 1
            assert first not in service.errors
            proxy.start()
            wait_until(lambda: service.readiness() == 200, "the store to be back")
            second = send(service, 2)
            wait_until(
                lambda: read(server.url, {"calls": _CALLS})["calls"] == [[first], [second]],
                "the other call",
                _SOON_S,
            )
            assert service.stop() == 0
