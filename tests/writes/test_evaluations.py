"""Assessments that come as OTLP events."""

from __future__ import annotations

from typing import Any

import pytest

from spanbridge_ingest.query.schema import TraceDocument
from spanbridge_ingest.store import ClickHouseStore
from tests.query.loading import write
from tests.support.otlp import START_NS
from tests.writes.conftest import Api
from tests.writes.events import EVENT, attributes, evaluation, trace_with

SCORED = {
    "gen_ai.evaluation.name": "relevance",
    "gen_ai.evaluation.score.value": 0.25,
    "gen_ai.evaluation.score.label": "poor",
    "gen_ai.evaluation.explanation": "off topic",
}


def ids(number: int, span: int = 1) -> tuple[bytes, bytes]:
    return number.to_bytes(16, "big"), span.to_bytes(8, "big")


async def assessments(api: Api, trace_id: str) -> list[dict[str, Any]]:
    document = await api.ask("GET", f"/traces/{trace_id}")
    TraceDocument.model_validate(document)
    found: list[dict[str, Any]] = document["assessments"]
    return found


async def test_a_log_event_is_feedback(
    api: Api, store: ClickHouseStore, number: int, trace_id: str
) -> None:
    write(store, trace_with(number, {}))
    write(store, evaluation({**SCORED, "suite": "nightly"}, *ids(number)))
    [found] = await assessments(api, trace_id)
    assert found["assessment_id"].startswith("a-")
    assert len(found["assessment_id"]) == 34
    assert {k: v for k, v in found.items() if k != "assessment_id"} == {
        "trace_id": trace_id,
        "span_id": "0000000000000001",
        "name": "relevance",
        "kind": "feedback",
        "value": 0.25,
        "error": None,
        "source": {"source_type": "CODE", "source_id": "evals"},
        "rationale": "off topic",
        "metadata": {"gen_ai.evaluation.score.label": "poor", "suite": "nightly"},
        "create_time_unix_nano": START_NS + 7,
        "last_update_time_unix_nano": START_NS + 7,
        "overrides": None,
        "valid": True,
    }


async def test_a_span_event_is_the_same(
    api: Api, store: ClickHouseStore, number: int, trace_id: str
) -> None:
    request = trace_with(number, {})
    [span] = request.resource_spans[0].scope_spans[0].spans
    span.events.add(name=EVENT, time_unix_nano=START_NS + 9, attributes=attributes(SCORED))
    span.events.add(name="other", attributes=attributes(SCORED))
    write(store, request)
    [found] = await assessments(api, trace_id)
    assert (found["name"], found["value"], found["span_id"]) == (
        *("relevance", 0.25),
        "0000000000000001",
    )
    assert found["create_time_unix_nano"] == START_NS + 9


async def test_an_event_named_by_an_attribute_is_found(
    api: Api, store: ClickHouseStore, number: int, trace_id: str
) -> None:
    write(store, trace_with(number, {}))
    write(store, evaluation({**SCORED, "event.name": EVENT}, *ids(number), event_name=""))
    [found] = await assessments(api, trace_id)
    assert found["value"] == 0.25


@pytest.mark.parametrize(
    ("said", "value", "error"),
    [
        ({"score.value": 4}, 4, None),
        ({"score.label": "pass"}, "pass", None),
        ({"score.value": float("nan"), "score.label": "fail"}, "fail", None),
        ({"score.value": float("inf")}, None, None),
        ({"score.value": 1e-9}, 1e-9, None),
        ({}, None, "timeout"),
    ],
)
async def test_values(
    api: Api,
    store: ClickHouseStore,
    number: int,
    trace_id: str,
    said: dict[str, object],
    value: object,
    error: str | None,
) -> None:
    values: dict[str, object] = {f"gen_ai.evaluation.{k}": v for k, v in said.items()}
    values |= {"gen_ai.evaluation.name": "n"} | ({"error.type": error} if error else {})
    write(store, trace_with(number, {}))
    write(store, evaluation(values, *ids(number)))
    [found] = await assessments(api, trace_id)
    assert found["value"] == value
    assert (found["error"] or {}).get("error_code") == error


async def test_a_model_that_judged_is_the_source(
    api: Api, store: ClickHouseStore, number: int, trace_id: str
) -> None:
    write(store, trace_with(number, {}))
    judge = {"gen_ai.request.model": "judge", "gen_ai.response.model": "judge-2026"}
    write(store, evaluation({**SCORED, **judge}, *ids(number)))
    [found] = await assessments(api, trace_id)
    assert found["source"] == {"source_type": "LLM_JUDGE", "source_id": "judge-2026"}


async def test_the_id_of_the_answer_finds_the_span_and_stays_one_assessment(
    api: Api, store: ClickHouseStore, number: int, trace_id: str
) -> None:
    answer = {"gen_ai.response.id": f"resp-{number}"}
    call = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "m", **answer}
    write(store, evaluation({**SCORED, **answer}))
    write(store, trace_with(number, {}, call))
    [found] = await assessments(api, trace_id)
    assert (found["span_id"], found["value"]) == ("0000000000000002", 0.25)
    # A span of an agent that repeats the answer's id, and began before, is not the call.
    agent = {"gen_ai.operation.name": "invoke_agent", "gen_ai.request.model": "m", **answer}
    write(store, trace_with(number, agent))
    assert await assessments(api, trace_id) == [found]


async def test_a_record_sent_twice_is_one_assessment(
    api: Api, store: ClickHouseStore, number: int, trace_id: str
) -> None:
    write(store, trace_with(number, {}))
    for _ in range(2):
        write(store, evaluation(SCORED, *ids(number)))
    write(store, evaluation(SCORED, *ids(number), at=START_NS + 8))
    found = await assessments(api, trace_id)
    assert len(found) == len({a["assessment_id"] for a in found}) == 2


async def test_an_event_can_be_changed_overridden_and_deleted(
    api: Api, store: ClickHouseStore, number: int, trace_id: str
) -> None:
    write(store, trace_with(number, {}))
    write(store, evaluation(SCORED, *ids(number)))
    [first] = await assessments(api, trace_id)
    path = f"/traces/{trace_id}/assessments/{first['assessment_id']}"

    changed = await api.ask("PATCH", path, {"rationale": "looked again"})
    assert await assessments(api, trace_id) == [changed]
    assert {k for k in first if changed[k] != first[k]} == {
        *("rationale", "last_update_time_unix_nano"),
    }
    new = await api.ask("POST", f"{path}/override", {"value": 0.9}, 201)
    assert {(a["value"], a["valid"]) for a in await assessments(api, trace_id)} == {
        (0.25, False),
        (0.9, True),
    }
    await api.ask("DELETE", f"/traces/{trace_id}/assessments/{new['assessment_id']}", status=204)
    await api.ask("DELETE", path, status=204)
    assert await assessments(api, trace_id) == []


async def test_the_view_is_ready_for_dashboards(
    api: Api, store: ClickHouseStore, number: int, trace_id: str
) -> None:
    write(store, trace_with(number, {}))
    write(store, evaluation(SCORED, *ids(number)))
    for value in (True, 'tex"t', 3, {"a": 1}):
        await api.ask("POST", f"/traces/{trace_id}/assessments", {"name": "n", "value": value}, 201)
    rows = store.query(
        "SELECT Name, Value, ValueNumber, ValueText, ValueBool, Origin, Valid "
        "FROM otel_trace_assessments WHERE TraceId = {t:String} ORDER BY Timestamp",
        {"t": trace_id},
    )
    assert sorted(rows, key=str) == sorted(
        [
            ("relevance", "0.25", 0.25, "poor", None, "otlp", True),
            ("n", "true", None, "true", True, "api", True),
            ("n", '"tex\\"t"', None, 'tex"t', None, "api", True),
            ("n", "3", 3.0, "3", None, "api", True),
            ("n", '{"a":1}', None, '{"a":1}', None, "api", True),
        ],
        key=str,
    )
