"""Send the corpus to a server, directly or through the service, and judge what it shows."""

from __future__ import annotations

import http.client
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.backends.cases import Fresh, fresh, index
from tests.backends.reading import new_place, read_settled
from tests.backends.seen import FACTS, Verdict, judge
from tests.backends.servers import Server
from tests.e2e.processes import running, wait_until
from tests.e2e.sending import LOGS, TRACES, HttpSender

DIALECTS = {"mlflow": "mlflow", "phoenix": "openinference"}
"""What each server's own dialect is."""

_EXPERIMENT_HEADER = "x-mlflow-experiment-id"
_PROTOBUF = "application/x-protobuf"
_SENDERS = 8
_FORWARD_S = 300.0


@dataclass(frozen=True)
class Comparison:
    """How a backend fared with the cases, by ``dialect/case``."""

    direct: Mapping[str, Verdict]
    forwarded: Mapping[str, Verdict]

    def wrong(self) -> dict[str, list[str]]:
        """The facts that are wrong when passed on."""
        found = {
            case: [fact for fact in FACTS if getattr(verdict, fact) is False]
            for case, verdict in self.forwarded.items()
        }
        return {case: facts for case, facts in found.items() if facts}

    def worse(self) -> dict[str, list[str]]:
        """Those of them that were right when sent directly."""
        found = {
            case: [fact for fact in facts if getattr(self.direct[case], fact)]
            for case, facts in self.wrong().items()
        }
        return {case: facts for case, facts in found.items() if facts}


def compare(server: Server, directory: Path) -> Comparison:
    """Send the corpus to a server both ways."""
    return Comparison(
        _direct(server, "direct"),
        _forwarded(server, "forwarded", DIALECTS[server.name], directory),
    )


def _direct(server: Server, name: str) -> Mapping[str, Verdict]:
    """Send the spans to the server itself. Neither server takes log records."""
    place = new_place(server, name)
    cases = [fresh(entry, _project(server, place)) for entry in index()]
    headers = {"Content-Type": _PROTOBUF, **_headers(server, place)}
    for case in cases:
        assert _post(server.http, case.traces.SerializeToString(), headers) == 200, case
    return _judged(server, place, cases)


def _forwarded(server: Server, name: str, dialect: str, directory: Path) -> Mapping[str, Verdict]:
    """Send spans and log records to a service that passes them on to the server."""
    (directory / name).mkdir(parents=True)
    place = new_place(server, name)
    cases = [fresh(entry, _project(server, place)) for entry in index()]
    options = ["--store", directory / name / "store", "--forward", server.forward]
    options += ["--forward-dialect", dialect]
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
        assert service.errors == ""
    return _judged(server, place, cases)


def _send(send: HttpSender, case: Fresh) -> bool:
    """Send a case in the order in which exporters would: log records are sooner."""
    if case.logs is not None and not send(LOGS, case.logs.SerializeToString()).ok:
        return False
    return send(TRACES, case.traces.SerializeToString()).ok


def _judged(server: Server, place: str, cases: list[Fresh]) -> Mapping[str, Verdict]:
    shown = read_settled(server, place, {i for case in cases for i in case.trace_ids})
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
