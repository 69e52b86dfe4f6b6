"""A stop finishes what was accepted; a second signal does no harm to what was acknowledged."""

from __future__ import annotations

import itertools
import signal
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.e2e.accounts import assert_exactly_once
from tests.e2e.load import Ledger, Package, packages
from tests.e2e.processes import Service, running, wait_until
from tests.e2e.sending import Answer, Delivery, GrpcSender, HttpSender

_REQUESTS = 12
_LINGER_MS = 1500
"""Holds the requests in the queue while the signal is sent."""


def send_all(service: Service, pool: ThreadPoolExecutor) -> list[tuple[Package, Future[Answer]]]:
    """Send requests both ways and return when all are accepted and none is answered."""
    senders = [GrpcSender(service.grpc), HttpSender(service.http)]
    sent = [
        (package, pool.submit(send, package.signal, package.body))
        for package, send in zip(
            itertools.islice(packages(1), _REQUESTS), itertools.cycle(senders), strict=False
        )
    ]
    wait_until(
        lambda: service.metric("spanbridge_queue_requests") == _REQUESTS,
        "every request to be accepted",
        pause_s=0.01,
    )
    return sent


@pytest.mark.parametrize(
    "number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.slow)]
)
def test_what_was_accepted_is_acknowledged_and_stored(
    empty_store: Path, tmp_path: Path, number: int
) -> None:
    ledger = Ledger()
    arguments = ("--store", empty_store, "--linger-ms", _LINGER_MS)
    with running(tmp_path, *arguments) as service, ThreadPoolExecutor(_REQUESTS) as pool:
        sent = send_all(service, pool)
        service.signal(number)
        for package, answer in sent:
            ledger.note(package, Delivery(answer.result(60)))
        assert service.wait() == 0
    assert service.errors == ""
    assert_exactly_once(empty_store, ledger)


def test_a_second_signal_ends_it_and_a_retry_is_stored_once(
    empty_store: Path, tmp_path: Path
) -> None:
    ledger = Ledger()
    arguments = ("--store", empty_store, "--linger-ms", _LINGER_MS)
    with running(tmp_path, *arguments) as service, ThreadPoolExecutor(_REQUESTS) as pool:
        sent = send_all(service, pool)
        service.signal(signal.SIGTERM)
        wait_until(lambda: "Stopping" in service.output, "the stop to begin", pause_s=0.01)
        service.signal(signal.SIGINT)
        assert service.wait() in {0, 130}
        first = [(package, answer.result(60)) for package, answer in sent]
        assert all(answer.ok or answer.retry for _, answer in first)
        service.start()
        again = HttpSender(service.http)
        retried = pool.map(
            lambda one: one[1] if one[1].ok else again(one[0].signal, one[0].body), first
        )
        for (package, _), answer in zip(first, retried, strict=True):
            ledger.note(package, Delivery(answer))
        assert service.stop() == 0
    assert_exactly_once(empty_store, ledger)
