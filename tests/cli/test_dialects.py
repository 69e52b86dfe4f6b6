"""`spanbridge dialects` and `spanbridge unmapped`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from spanbridge_ingest.cli.app import main


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    status = main(list(arguments))
    return status, capsys.readouterr().out


def test_dialects_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    status, out = run(capsys, "dialects", "--json")
    names = [known["name"] for known in json.loads(out)]
    assert status == 0
    assert names == sorted(names)
    assert {"otel", "openinference", "vercel_ai", "mlflow"} <= set(names)


def test_one_dialect_shows_its_rules(capsys: pytest.CaptureFixture[str]) -> None:
    status, out = run(capsys, "dialects", "strands")
    assert status == 0
    assert "gen_ai.server.time_to_first_token" in out
    assert "milliseconds" in out


def test_an_unknown_dialect_is_refused_with_a_hint(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dialects", "klingon"]) == 2
    assert "`spanbridge dialects`" in capsys.readouterr().err


def test_what_no_rule_reads_is_listed_with_an_example_and_no_values(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, empty_store: Path
) -> None:
    request = ExportTraceServiceRequest()
    scope = request.resource_spans.add().scope_spans.add()
    for number in range(3):
        span = scope.spans.add(
            trace_id=b"\1" * 16, span_id=bytes([number + 1]) * 8, name="call", kind=1
        )
        span.start_time_unix_nano = 1_700_000_000_000_000_000 + number
        span.end_time_unix_nano = span.start_time_unix_nano + 1
        span.attributes.add(key="gen_ai.request.model").value.string_value = "m"
        span.attributes.add(key=f"acme.llm.{number}.mood").value.string_value = "secret"
    file = tmp_path / "spans.binpb"
    file.write_bytes(request.SerializeToString())
    store = str(empty_store)
    assert run(capsys, "load", "--store", store, str(file))[0] == 0

    status, out = run(capsys, "unmapped", "--store", store, "--since", "2020-01-01", "--json")

    assert status == 0
    assert "secret" not in out
    assert json.loads(out) == [
        {
            "key": "acme.llm.{i}.mood",
            "spans": 3,
            "dialects": ["genai"],
            "trace_id": "01" * 16,
            "span_id": "03" * 8,
        }
    ]
