from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e import raw
from tests.e2e.processes import Service, free_port, running
from tests.e2e.reading import UNCOMMITTED, read
from tests.e2e.sending import TRACES, HttpSender


@pytest.fixture(scope="session")
def one_service(
    template_store: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """A service for everything that must not hurt it; its books are checked at the end."""
    directory = tmp_path_factory.mktemp("service")
    store = shutil.copytree(template_store, directory / "store", symlinks=True)
    front = f"127.0.0.1:{free_port()}"
    with running(directory, "--store", store, "--clickhouse-http", front) as service:
        yield service
        send_good(service)
        counted = {
            reason: service.metric("spanbridge_rejected_records_total", reason=reason)
            for reason in REASONS
        }
        assert service.stop() == 0
    reasons = "SELECT Reason, count() FROM otlp_rejects GROUP BY Reason"
    found = read(store, {**UNCOMMITTED, "rejects": reasons})
    assert all(found[name] == [[0]] for name in UNCOMMITTED)
    assert dict(found["rejects"]) == {k: v for k, v in counted.items() if v}
    assert "unexpected" not in service.errors


REASONS = ("trace_id_length", "trace_id_zero", "span_id_length", "span_id_zero")


@pytest.fixture
def service(one_service: Service) -> Iterator[Service]:
    """The same service, which has to be the same process and to work when the test is over."""
    pid = one_service.pid
    yield one_service
    assert one_service.alive
    assert one_service.pid == pid
    assert one_service.readiness() == 200
    send_good(one_service)


def send_good(service: Service) -> None:
    """Send a request that is all right, and find it stored."""
    trace_id = raw.fresh_id()
    answer = HttpSender(service.http)(TRACES, raw.one_span(trace_id=trace_id))
    assert answer.ok, answer
    assert answer.rejected == 0
    assert service.get(f"/api/traces/{trace_id:032x}")[0] == 200
