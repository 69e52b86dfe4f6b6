"""Send the corpus to a server, directly or through the service, and judge what it shows."""

from __future__ import annotations

import http.client
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from tests.backends.cases import Fresh, fresh
from tests.backends.reading import new_place, read_settled
from tests.backends.seen import Verdict, judge
from tests.backends.servers import Server
from tests.e2e.processes import running, wait_until
from tests.e2e.sending import LOGS, TRACES, HttpSender

_EXPERIMENT_HEADER = "x-mlflow-experiment-id"
_PROTOBUF = "application/x-protobuf"
_SETTLE_S = 1.0
_SENDERS = 8
_FORWARD_S = 300.0


@dataclass(frozen=True)
class Run:
    """How a backend fared with the cases."""

    verdicts: Mapping[str, Verdict]
    """By ``dialect/case``."""
    refused: Mapping[str, int]
    """The status with which the backend refused a case that was sent to it directly."""


def direct(server: Server, entries: Iterable[Mapping[str, Any]], name: str) -> Run:
    """Send the spans to the server itself. Neither server takes log records."""
    place = new_place(server, name)
    cases = [fresh(entry, _project(server, place)) for entry in entries]
    refused = {}
    for case in cases:
        headers = {"Content-Type": _PROTOBUF, **_headers(server, place)}
        status = _post(server.http, case.traces.SerializeToString(), headers)
        if status != 200:
            refused[str(case)] = status
    return Run(_judged(server, place, cases, refused), refused)


def forwarded(
    server: Server, entries: Iterable[Mapping[str, Any]], name: str, dialect: str, directory: Path
) -> Run:
    """Send spans and log records to a service that passes them on to the server."""
    (directory / name).mkdir()
    place = new_place(server, name)
    cases = [fresh(entry, _project(server, place)) for entry in entries]
    options = ["--store", directory / name / "store", "--forward", f"http://{server.http}"]
    options += ["--forward-dialect", dialect, "--forward-settle-s", str(_SETTLE_S)]
    for header, value in _headers(server, place).items():
        options += ["--forward-header", f"{header}={value}"]
    with running(directory / name, *options) as service:
        with ThreadPoolExecutor(_SENDERS) as senders:
            assert all(senders.map(partial(_send, HttpSender(service.http)), cases))
        wait_until(
            lambda: service.metric("spanbridge_forward_queue_requests") == 0,
            "everything to be passed on",
            _FORWARD_S,
        )
        assert service.stop() == 0
        assert "not passed on" not in service.errors, service.errors
    return Run(_judged(server, place, cases, {}), {})


def _send(send: HttpSender, case: Fresh) -> bool:
    """Send a case in the order in which exporters would: log records are sooner."""
    if case.logs is not None and not send(LOGS, case.logs.SerializeToString()).ok:
        return False
    return send(TRACES, case.traces.SerializeToString()).ok


def _judged(
    server: Server, place: str, cases: list[Fresh], refused: Mapping[str, int]
) -> Mapping[str, Verdict]:
    wanted = {i for case in cases if str(case) not in refused for i in case.trace_ids}
    shown = read_settled(server, place, wanted)
    return {
        str(case): judge(case.truth, [shown[i] for i in case.trace_ids if i in shown])
        for case in cases
    }


def _headers(server: Server, place: str) -> dict[str, str]:
    return {_EXPERIMENT_HEADER: place} if server.name == "mlflow" else {}


def _project(server: Server, place: str) -> str:
    return place if server.name == "phoenix" else ""


def _post(address: str, body: bytes, headers: Mapping[str, str]) -> int:
    connection = http.client.HTTPConnection(address, timeout=60)
    try:
        connection.request("POST", f"/v1/{TRACES}", body, dict(headers))
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()
