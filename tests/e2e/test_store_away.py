"""A store that is away: callers are told to come back, and nothing is lost or stored twice."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from spanbridge_ingest.store.clickhouse import DOUBT_S
from tests.e2e.accounts import assert_exactly_once
from tests.e2e.load import Ledger, load, packages
from tests.e2e.outages import proxied
from tests.e2e.processes import running, wait_until
from tests.e2e.sending import TRACES, Delivery, GrpcSender, HttpSender, deliver

_SENDERS = 6
_GROWTH_MB = 150
_LONG_S = 10


@pytest.mark.parametrize(
    ("away_s", "crash"),
    [
        pytest.param(2, False, id="2 s", marks=pytest.mark.slow),
        pytest.param(30, False, id="30 s", marks=[pytest.mark.slow, pytest.mark.chaos]),
        pytest.param(6, True, id="crash", marks=[pytest.mark.slow, pytest.mark.chaos]),
    ],
)
def test_an_outage_under_load(tmp_path: Path, away_s: float, crash: bool) -> None:
    with (
        proxied(tmp_path) as (server, proxy),
        running(tmp_path, "--clickhouse", f"http://127.0.0.1:{proxy.port}") as service,
        load(service.grpc, service.http, _SENDERS) as (ledger, finish),
    ):
        wait_until(lambda: len(ledger) >= 2 * _SENDERS, "acknowledgements", 60)
        before_mb = service.rss_mb()
        if crash:
            server.kill()
        else:
            proxy.stop()
        gone_at = time.monotonic()
        wait_until(lambda: service.readiness() == 503, "/readyz to say so")
        acknowledged = len(ledger)
        over_grpc = GrpcSender(service.grpc)(TRACES, next(packages(101)).body)
        over_http = HttpSender(service.http)(TRACES, next(packages(102)).body)
        assert (over_grpc.status, over_http.status) == ("UNAVAILABLE", "503")
        for refusal in (over_grpc, over_http):
            assert refusal.delay_s is not None
            assert 1 <= refusal.delay_s <= 10
        time.sleep(max(0, away_s - (time.monotonic() - gone_at)))
        assert service.readiness() == 503
        assert service.metric("spanbridge_store_up") == 0
        assert service.metric("spanbridge_queue_bytes") == 0
        assert service.rss_mb() < before_mb + _GROWTH_MB
        assert len(ledger) == acknowledged
        if crash:
            server.start()
        else:
            proxy.start()
        wait_until(lambda: service.readiness() == 200, "/readyz to come back")
        wait_until(lambda: len(ledger) >= acknowledged + _SENDERS, "acknowledgements", 60)
        finish()
        assert ledger.attempts()["UNAVAILABLE"] > 0
        assert ledger.attempts()["503"] > 0
        settled = away_s > _LONG_S
        if settled:
            # A failed insert may still succeed for a while; what it left is removed after that.
            time.sleep(DOUBT_S)
            package = next(packages(103))
            ledger.note(package, deliver(GrpcSender(service.grpc), package.signal, package.body))
        assert service.stop() == 0
        assert_exactly_once(server.url, ledger, settled=settled)


@pytest.mark.slow
def test_answers_of_the_store_that_are_lost(tmp_path: Path) -> None:
    """The store did it and nobody heard: the retry must neither lose nor double it."""
    ledger = Ledger()
    with (
        proxied(tmp_path) as (server, proxy),
        running(tmp_path, "--clickhouse", f"http://127.0.0.1:{proxy.port}") as service,
    ):
        sender = GrpcSender(service.grpc)
        sent = packages(1)
        statements = (rb"INSERT.{1,40}_landing", rb"INSERT.{1,40}otlp_batches")
        for statement in statements:
            # Twice: the client library itself sends once more on a connection that broke.
            proxy.lose_answers(statement, times=2)
            package = next(sent)
            before = proxy.lost
            delivery = deliver(sender, package.signal, package.body)
            assert proxy.lost == before + 2
            assert [attempt.status for attempt in delivery.attempts][:1] == ["UNAVAILABLE"]
            ledger.note(package, delivery)
            # What is cleared up before the next write must not be what was acknowledged.
            package = next(sent)
            ledger.note(package, Delivery(sender(package.signal, package.body)))
        assert service.stop() == 0
        assert_exactly_once(server.url, ledger, settled=False)
