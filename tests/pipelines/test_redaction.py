"""Redaction masks credentials and personal data, and leaves the counts of tokens as they are."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from spanbridge_semconv import translate
from spanbridge_semconv._generated.sources import SOURCES
from tests.collector.compare import typed
from tests.e2e.processes import Service, wait_until
from tests.e2e.reading import ask
from tests.e2e.sending import LOGS, HttpSender
from tests.pipelines import collecting
from tests.pipelines.collecting import Pipeline
from tests.pipelines.spans import chat, spans_in, trace
from tests.semconv import corpus
from tests.support.otlp_receiver import Receiver, grpc_receiver

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]
"""A first build takes minutes."""

_CARELESS = "yaml:processors::redaction/genai::blocked_key_patterns: ['.*token.*', '.*key.*']"
"""Rules as the documentation of the processor has them for an example."""
TOKENS = (
    "input_tokens",
    "output_tokens",
    "total_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "reasoning_tokens",
)
SECRETS = {
    "key of a provider": "sk-proj-0123456789abcdefghij",
    "Hugging Face": "hf_abcdefghijklmnopqrstuvwxyzABCDEFGH",
    "Groq": "gsk_0123456789abcdefghijABCDEFGHIJ0123456789",
    "xAI": "xai-0123456789abcdefghijABCDEFGHIJ0123456789",
    "GitHub": "github_pat_0123456789abcdefghij_ABCDEFGHIJ0123456789",
    "Slack": "xoxb-0123456789-0123456789-abcdefghijklmnop",
    "bearer": "Bearer abcdefghijklmnopqrstuvwxyz",
    "AWS": "AKIAIOSFODNN7EXAMPLE",
    "JWT": "eyJhbGciOiJIUzI1.eyJzdWIiOiIxMjM0.SflKxwRJSMeKKF2QT4",
    "address": "jane.doe@mail.example.org",
    "card": "4111 1111 1111 1111",
}


@pytest.fixture(scope="module")
def pipelines(
    binary: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, tuple[Pipeline, Receiver]]]:
    """With the committed rules, and with careless ones before them."""
    with grpc_receiver() as ours, grpc_receiver() as theirs:
        configurations = collecting.files("redaction")
        with (
            _running(binary, configurations, tmp_path_factory.mktemp("ours"), ours) as one,
            _running(
                binary, [*configurations, _CARELESS], tmp_path_factory.mktemp("theirs"), theirs
            ) as two,
        ):
            yield {"ours": (one, ours), "careless": (two, theirs)}


def _running(binary: Path, configurations: Any, folder: Path, receiver: Receiver) -> Any:
    address = receiver.url.removeprefix("http://")
    return collecting.running(binary, configurations, folder, SPANBRIDGE_ENDPOINT=address)


def through(
    pipeline: tuple[Pipeline, Receiver], request: ExportTraceServiceRequest
) -> ExportTraceServiceRequest:
    """What comes out."""
    collector, receiver = pipeline
    before, sent = len(receiver.spans), len(spans_in([request]))
    first = len(receiver.requests)
    collector.send(request)
    wait_until(lambda: len(receiver.spans) >= before + sent, "the spans", 60)
    whole = ExportTraceServiceRequest()
    for found in receiver.requests[first:]:
        whole.MergeFrom(found.message)
    return whole


@pytest.mark.parametrize("rules", ["ours", "careless"])
def test_no_count_of_tokens_is_taken_for_a_secret(
    pipelines: dict[str, tuple[Pipeline, Receiver]], rules: str
) -> None:
    """Of any key that the registry reads tokens from, in any dialect."""
    keys = {
        re.sub(r"\{.*?\}", "0", key)
        for concept in TOKENS
        for source in SOURCES[concept]
        for key in (source.name, *source.names)
        if key and source.origin == "key"
    }
    assert len(keys) > 60
    (_, span) = spans_in([through(pipelines[rules], trace(dict.fromkeys(sorted(keys), 11)))])
    assert {key: value for key, value in typed(span).items() if value != 11} == {}


@pytest.mark.parametrize("rules", ["ours", "careless"])
def test_recorded_spans_say_the_same_of_tokens_and_models(
    pipelines: dict[str, tuple[Pipeline, Receiver]], rules: str, tmp_path: Path
) -> None:
    for case in corpus.cases():
        path = corpus.FOLDER / case.index["file"]
        answer = through(pipelines[rules], ExportTraceServiceRequest.FromString(path.read_bytes()))
        (tmp_path / "out").write_bytes(answer.SerializeToString())
        after = {span.span_id: span.view for span in corpus.read_spans(tmp_path / "out")}
        for span in case.spans():
            one, other = translate(span.view), translate(after[span.span_id])
            for name in (*TOKENS, "request_model", "operation", "tool_call_id", "conversation_id"):
                assert getattr(one, name) == getattr(other, name), (str(case), name)


def test_credentials_are_masked_wherever_they_stand(
    pipelines: dict[str, tuple[Pipeline, Receiver]],
) -> None:
    parts = [{"type": "text", "content": f"{name}: {text}."} for name, text in SECRETS.items()]
    messages = [{"role": "user", "parts": parts}]
    request = trace(
        chat(
            **{
                "gen_ai.input.messages": json.dumps(messages),
                "gen_ai.output.messages": messages,
                "llm.headers.authorization": "Basic short",
                "app.api_key": "short",
                "app.access_token": "short",
                # Names that begin like those of counts, or stand among them.
                "minio.access_token": "short",
                "notion.api_token": "short",
                "oauth.access_tokens": "short",
                "app.usage.password": "short",
                "db.password": "short",
                "gen_ai.request.max_tokens": 100,
                "app.pass": "kept",
                "session.id": "kept",
            }
        ),
        error=True,
    )
    scope = request.resource_spans[0].scope_spans[0]
    scope.spans[-1].status.message = f"refused {', '.join(SECRETS.values())}"
    event = scope.spans[-1].events.add(name="exception")
    event.attributes.add(key="exception.message").value.string_value = SECRETS["bearer"]
    (_, span) = spans_in([through(pipelines["ours"], request)])
    text = str(span)
    assert [name for name, secret in SECRETS.items() if secret in text] == []
    found = typed(span)
    masked = {key for key, value in found.items() if value == "****"}
    assert masked == {
        *("llm.headers.authorization", "app.api_key", "app.access_token", "db.password"),
        *("minio.access_token", "notion.api_token", "oauth.access_tokens", "app.usage.password"),
    }
    assert (found["gen_ai.request.max_tokens"], found["gen_ai.usage.input_tokens"]) == (100, 20)
    assert (found["app.pass"], found["session.id"]) == ("kept", "kept")
    # What is masked in is still JSON, and says the rest.
    for key in ("gen_ai.input.messages", "gen_ai.output.messages"):
        [message] = json.loads(found[key])
        assert [part["content"].partition(":")[0] for part in message["parts"]] == [*SECRETS]
    assert span.status.message == f"refused {', '.join(['****'] * len(SECRETS))}"


def test_log_records_are_masked_too(binary: Path, service: Service, tmp_path: Path) -> None:
    text = ", ".join(SECRETS.values())
    request = ExportLogsServiceRequest()
    records = request.resource_logs.add().scope_logs.add().log_records
    moment = time.time_ns()
    plain = records.add(time_unix_nano=moment, trace_id=b"redactedredacted")
    plain.body.string_value = text
    plain.attributes.add(key="gen_ai.input.messages").value.string_value = text
    nested = records.add(time_unix_nano=moment + 1, trace_id=b"redactedredacted")
    content = nested.body.kvlist_value.values.add(key="message").value.kvlist_value.values
    content.add(key="content").value.string_value = text
    content.add(key="api_key").value.string_value = "short"
    content.add(key="input_tokens").value.int_value = 7
    with collecting.running(
        binary, collecting.files("redaction"), tmp_path, SPANBRIDGE_ENDPOINT=service.grpc
    ) as pipeline:
        assert HttpSender(pipeline.http)(LOGS, request.SerializeToString()).ok
        sql = (
            "SELECT Body, toString(LogAttributes) AS Attributes FROM otel_logs "
            f"WHERE TraceId = '{plain.trace_id.hex()}' ORDER BY Timestamp"
        )
        wait_until(lambda: len(ask(service, sql)) == 2, "the records", 60, 0.5)
    rows = ask(service, sql)
    assert [name for name, secret in SECRETS.items() if secret in str(rows)] == []
    assert all("****" in row["Body"] for row in rows)
    assert json.loads(rows[1]["Body"])["message"]["input_tokens"] == 7
    assert "short" not in rows[1]["Body"]
