"""``spanbridge translate``, run as a user runs it."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from spanbridge_ingest.retranslate import translate_request
from tests.support.command import CORPUS, spanbridge
from tests.support.otlp import as_json, traces

CHAT = CORPUS / "openinference-openai" / "chat.binpb"
LOGGED = CORPUS / "otel-openai-v2-legacy" / "chat.binpb"


def request(path: Path) -> ExportTraceServiceRequest:
    return ExportTraceServiceRequest.FromString(path.read_bytes())


def first_span(line: str) -> dict[str, object]:
    span = json.loads(line)["resourceSpans"][0]["scopeSpans"][0]["spans"][0]
    return {a["key"]: next(iter(a["value"].values())) for a in span["attributes"]}


def test_a_file_to_standard_output_is_json() -> None:
    done = spanbridge("translate", "--to", "otel", CHAT)
    assert (done.returncode, done.stderr) == (0, "")
    [line] = done.stdout.splitlines()
    own = first_span(line)
    assert own["gen_ai.operation.name"] == "chat"
    assert own["gen_ai.usage.input_tokens"] == "23"


@pytest.mark.parametrize("suffix", [".binpb", ".out"])
def test_protobuf_by_the_name_or_on_request(suffix: str, tmp_path: Path) -> None:
    out = tmp_path / f"translated{suffix}"
    form = () if suffix == ".binpb" else ("--format", "proto")
    done = spanbridge("translate", "--to", "mlflow", CHAT, "--out", out, *form)
    assert (done.returncode, done.stdout) == (0, "")
    assert request(out) == translate_request(request(CHAT), "mlflow")


@pytest.mark.parametrize("packed", [False, True])
def test_a_pipe_of_translations_ends_where_it_began(packed: bool) -> None:
    body = CHAT.read_bytes()
    once = piped(gzip.compress(body) if packed else body, "--to", "otel", "--format", "proto")
    assert piped(once, "--to", "otel", "--format", "proto") == once
    assert ExportTraceServiceRequest.FromString(once) == translate_request(request(CHAT), "otel")
    line = piped(once, "--to", "otel")
    assert piped(line, "--to", "otel") == line


def piped(body: bytes, *arguments: str) -> bytes:
    command = [sys.executable, "-m", "spanbridge_ingest", "translate", *arguments, "-"]
    done = subprocess.run(command, input=body, capture_output=True, timeout=120, check=False)
    assert done.stderr == b""
    return done.stdout


def test_log_records_bring_the_messages() -> None:
    logs = LOGGED.with_name("chat.logs.binpb")
    without = spanbridge("translate", "--to", "otel", LOGGED)
    with_logs = spanbridge("translate", "--to", "otel", LOGGED, "--logs", logs)
    assert "gen_ai.input.messages" not in first_span(without.stdout)
    said = json.loads(str(first_span(with_logs.stdout)["gen_ai.input.messages"]))
    assert said[-1]["role"] == "user"


def test_a_parent_in_an_earlier_line_knows_its_children(tmp_path: Path) -> None:
    usage = {"gen_ai.usage.input_tokens": 5, "gen_ai.usage.output_tokens": 2}
    whole = traces("invoke_agent a", "chat m")
    spans = whole.resource_spans[0].scope_spans[0].spans
    for span, operation in zip(spans, ("invoke_agent", "chat"), strict=True):
        span.attributes.add(key="gen_ai.operation.name").value.string_value = operation
        for key, count in usage.items():
            span.attributes.add(key=key).value.int_value = count
    lines = []
    for position in range(2):
        part = ExportTraceServiceRequest()
        part.CopyFrom(whole)
        del part.resource_spans[0].scope_spans[0].spans[1 - position]
        lines.append(json.dumps(as_json(part)))
    file = tmp_path / "parts.jsonl"
    file.write_text("\n".join(lines), "utf-8")
    done = spanbridge("translate", "--to", "openinference", file)
    parent, child = map(first_span, done.stdout.splitlines())
    assert "llm.token_count.prompt" not in parent
    assert child["llm.token_count.prompt"] == "5"


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("--to", "phoenix", CHAT), 2, "known are otel, openinference, mlflow"),
        (("--to", "otel", "nowhere.json"), 2, "nowhere.json is not a file"),
        (("--to", "otel", CHAT, "--format", "xml"), 2, "known are json, proto"),
        (("--to", "otel", LOGGED.with_name("chat.logs.binpb")), 1, "log records go with --logs"),
    ],
)
def test_errors_say_what_to_do(arguments: tuple[object, ...], code: int, message: str) -> None:
    done = spanbridge("translate", *arguments)
    assert done.returncode == code
    assert message in done.stderr
    assert done.stdout == ""


def test_a_line_that_cannot_be_read_stops_before_anything_is_written(tmp_path: Path) -> None:
    file, out = tmp_path / "mixed.jsonl", tmp_path / "out.json"
    file.write_text(json.dumps(as_json(traces("a"))) + '\n{"resourceSpans": 7}\n', "utf-8")
    done = spanbridge("translate", "--to", "otel", file, "--out", out)
    assert done.returncode == 1
    assert f"{file}:2:" in done.stderr
    assert not out.exists()
