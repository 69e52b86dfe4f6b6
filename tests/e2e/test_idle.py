"""What the service costs when nothing happens, and whether it grows with what it took."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.e2e import raw
from tests.e2e.processes import Service, running
from tests.e2e.sending import TRACES, GrpcSender

_IDLE_S = 10.0
_IDLE_SHARE = 0.05
_GROWTH_MB = 60.0
_REQUESTS = 200


def test_an_idle_service_uses_next_to_no_cpu(tmp_path: Path, empty_store: Path) -> None:
    with running(tmp_path, "--store", empty_store) as service:
        used = share_of_a_core(service)
    print(f"idle: {used:.2%} of a core")
    assert used < _IDLE_SHARE


def share_of_a_core(service: Service) -> float:
    before, started = service.cpu_s(), time.monotonic()
    time.sleep(_IDLE_S)
    return (service.cpu_s() - before) / (time.monotonic() - started)


@pytest.mark.slow
def test_memory_does_not_grow_with_requests(service: Service) -> None:
    sender = GrpcSender(service.grpc)
    # The engine fills its caches with the first hundred or so.
    for _ in range(_REQUESTS // 2):
        assert sender(TRACES, raw.one_span(trace_id=raw.fresh_id())).ok
    before = service.rss_mb()
    for _ in range(_REQUESTS):
        assert sender(TRACES, raw.one_span(trace_id=raw.fresh_id())).ok
    grown = service.rss_mb() - before
    print(f"{_REQUESTS} requests: {grown:+.1f} MiB from {before:.0f} MiB")
    assert grown < _GROWTH_MB
