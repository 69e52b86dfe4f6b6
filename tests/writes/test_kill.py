"""What was acknowledged is stored: ``kill -9`` of the service right after the answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.e2e.processes import Service, running
from tests.support.otlp import traces

TRACE = f"{1:032x}"


def send(service: Service, request: ExportTraceServiceRequest) -> None:
    answer = httpx.post(
        f"http://{service.http}/v1/traces",
        content=request.SerializeToString(),
        headers={"content-type": "application/x-protobuf"},
    )
    assert answer.status_code == 200, answer.text


def ask(service: Service, method: str, path: str, body: object = None) -> Any:
    answer = httpx.request(method, f"http://{service.http}/api{path}", json=body, timeout=30)
    assert answer.is_success, answer.text
    return answer.json() if answer.content else None


@pytest.mark.slow
@pytest.mark.parametrize("kills", [1, pytest.param(5, marks=pytest.mark.chaos)])
def test_what_was_acknowledged_is_there_after_a_kill(
    empty_store: Path, tmp_path: Path, kills: int
) -> None:
    with running(tmp_path, "--store", empty_store) as service:
        send(service, traces("root", trace_id=1))
        kept = []
        for number in range(kills):
            ask(service, "PATCH", f"/traces/{TRACE}/tags", {f"k{number}": "v", "same": str(number)})
            kept.append(
                ask(service, "POST", f"/traces/{TRACE}/assessments", {"name": "n", "value": number})
            )
            gone = 100 + number
            send(service, traces("doomed", trace_id=gone))
            body = {"trace_ids": [f"{gone:032x}"]}
            assert ask(service, "POST", "/traces/delete", body) == {"deleted": 1}
            service.kill()
            service.start()
            document = ask(service, "GET", f"/traces/{TRACE}")
            assert document["assessments"] == kept
            assert document["tags"] == {
                **{f"k{n}": "v" for n in range(number + 1)},
                "same": str(number),
            }
            found = ask(service, "GET", "/traces")["traces"]
            assert [trace["trace_id"] for trace in found] == [TRACE]


def test_a_retry_of_what_was_deleted_does_not_bring_it_back(
    empty_store: Path, tmp_path: Path
) -> None:
    request = traces("root", trace_id=1)
    with running(tmp_path, "--store", empty_store) as service:
        send(service, request)
        assert ask(service, "POST", "/traces/delete", {"trace_ids": [TRACE]}) == {"deleted": 1}
        send(service, request)
        assert ask(service, "GET", "/traces")["traces"] == []
