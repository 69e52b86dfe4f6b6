"""A store of small traces that have everything a filter can ask for, drawn at random once."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import orjson
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

from spanbridge_ingest.store import ClickHouseStore
from tests.query.loading import embedded_store, write
from tests.search.model import Judgement, Span, Trace, request_of

SECOND = 1_000_000_000
START = 1_790_000_000 * SECOND
NAMES = ("agent", "chat", "Chat it's", "100% sure", "a_b", "ünïcode\nline", "")
SERVICES = ("shop", "bank", "Bank")
TEXTS = ("x", "yes", "true", "5", "5.0", "1e1", '"5"', '"quoted"', '"half', "a\\b", "%", "")
NUMBERS = (5, -3, 0.5, 10, 2**53 + 1)
MODELS = ("gpt-4o", "gpt-4o-2024-08-06", "claude")
SESSIONS = ("s1", "s2", "s'3", "s`4")
KEYS = ("k", "a.b", 'it\'s `odd` "key"', "order")
TAGS = ("env", "team", "a.b c")
JUDGED = ("quality", "ok so")
WORDS = ("OK", "ERROR", "IN_PROGRESS", "STATE_UNSPECIFIED", "")


def draw_traces(count: int, seed: int) -> list[Trace]:
    rng = random.Random(seed)
    return [_trace(rng, number) for number in range(1, count + 1)]


def _trace(rng: random.Random, number: int) -> Trace:
    # Some share a second, some a nanosecond, some are days apart.
    start = START + rng.choice([0, 1, 50, 3_600, 90_000]) * SECOND
    start += rng.choice([0, 1, 999_999, 1_000_000, rng.randrange(5 * SECOND)])
    spans = tuple(
        _span(rng, start, parent, position) for position, parent in enumerate(_parents(rng), 1)
    )
    return Trace(
        number,
        spans,
        tags={tag: rng.choice([None, *TEXTS]) for tag in TAGS if rng.random() < 0.3},
        judgements=tuple(_judgement(rng) for _ in range(rng.choice([0, 0, 1, 2, 3]))),
        logs=tuple(rng.choice(NAMES) for _ in range(rng.choice([0, 0, 1]))),
        experiment=rng.choice(["", "", "1", "2"]),
    )


def _parents(rng: random.Random) -> list[int]:
    count = rng.randint(1, 4)
    # One in five has no root yet, some have two.
    first = 99 if rng.random() < 0.2 else 0
    return [first, *(rng.choice([1, 1, 1, 0 if first == 0 else 1]) for _ in range(count - 1))]


def _span(rng: random.Random, start: int, parent: int, position: int) -> Span:
    attributes: dict[str, str | int | float | bool] = {}

    def maybe(key: str, values: Sequence[str | int | float | bool], chance: float) -> None:
        if rng.random() < chance:
            attributes[key] = rng.choice(values)

    if rng.random() < 0.7:
        attributes["gen_ai.operation.name"] = rng.choice(["chat", "invoke_agent", "execute_tool"])
        attributes["gen_ai.provider.name"] = rng.choice(["openai", "anthropic"])
        maybe("gen_ai.request.model", MODELS, 0.7)
        maybe("gen_ai.response.model", MODELS, 0.5)
        maybe("gen_ai.usage.input_tokens", [0, 5, 10, 1000], 0.5)
        maybe("gen_ai.usage.output_tokens", [0, 5, 10, 1000], 0.5)
        maybe("gen_ai.agent.name", NAMES, 0.3)
        maybe("gen_ai.tool.name", NAMES, 0.3)
        maybe("gen_ai.conversation.id", SESSIONS, 0.2)
    maybe("session.id", SESSIONS, 0.25)
    maybe("user.id", SESSIONS, 0.25)
    for key in KEYS:
        maybe(key, [*TEXTS, *NUMBERS, True, False], 0.4)
    for tag in TAGS:
        maybe(f"mlflow.traceTag.{tag}", TEXTS, 0.25)
    maybe("spanbridge.trace.metadata.k", TEXTS, 0.25)
    maybe("mlflow.traceMetadata.k", TEXTS, 0.1)
    maybe("spanbridge.trace.metadata.mlflow.sourceRun", SESSIONS, 0.25)
    maybe("spanbridge.trace.client_request_id", SESSIONS, 0.25)
    maybe("spanbridge.trace.state", WORDS, 0.1)
    maybe("mlflow.experimentId", ["1", '"1"', '"2"'], 0.2)
    return Span(
        number=position,
        parent=parent,
        name=rng.choice(NAMES),
        start=start + rng.choice([0, 0, 1, 500_000, 3 * SECOND]) * position,
        duration=rng.choice([0, 1, 1_000_000, 1_500_000, 20 * SECOND]),
        status=rng.choice([0, 1, 2]),
        service=rng.choice(SERVICES),
        message=rng.choice(["", "", "boom 100%"]),
        attributes=attributes,
        event={"said": rng.choice(NAMES)} if rng.random() < 0.3 else {},
    )


def _judgement(rng: random.Random) -> Judgement:
    value = rng.choice([True, False, 5, 0.5, 1, "yes", "5", "true", "it's", ["a"], {"a": 1}])
    kind = rng.choice(["feedback", "expectation"])
    return Judgement(kind, rng.choice(JUDGED), value, valid=rng.random() < 0.8)


@contextmanager
def store_of(directory: Path, traces: Sequence[Trace]) -> Iterator[ClickHouseStore]:
    with embedded_store(directory) as store:
        load(store, traces)
        yield store


def load(store: ClickHouseStore, traces: Sequence[Trace]) -> None:
    for experiment in sorted({trace.experiment for trace in traces}):
        group = [request_of(trace) for trace in traces if trace.experiment == experiment]
        write(store, *group, attributes={"mlflow.experimentId": experiment} if experiment else {})
    logs = ExportLogsServiceRequest()
    for trace in traces:
        for body in trace.logs:
            record = logs.resource_logs.add().scope_logs.add().log_records.add()
            record.trace_id = trace.number.to_bytes(16, "big")
            record.body.string_value = body
    if logs.resource_logs:
        write(store, logs)
    _edit(store, traces)


def _edit(store: ClickHouseStore, traces: Sequence[Trace]) -> None:
    """What was said of the traces after the fact, in two inserts instead of one for each."""
    version = time.time_ns()
    tags = [
        {"TraceId": t.id, "Key": k, "Value": v or "", "Deleted": v is None, "Version": version}
        for t in traces
        for k, v in t.tags.items()
    ]
    judged = [
        {
            "TraceId": trace.id,
            "AssessmentId": f"a-{number:032x}",
            "Name": judgement.name,
            "Kind": judgement.kind,
            "Value": orjson.dumps(judgement.value).decode(),
            "Valid": judgement.valid,
            "Version": version,
        }
        for trace in traces
        for number, judgement in enumerate(trace.judgements)
    ]
    for table, rows in {"trace_tags": tags, "trace_assessments": judged}.items():
        if rows:
            lines = b"\n".join(map(orjson.dumps, rows))
            store.engine.insert(table, "JSONEachRow", [lines], {}, list(rows[0]))
