"""Assessments of traces over the API."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from spanbridge_ingest.query.schema import Assessment, TraceDocument
from spanbridge_ingest.store import ClickHouseStore
from tests.query.loading import write
from tests.support.otlp import traces
from tests.writes.conftest import Api

UNKNOWN = "a-" + "0" * 32


async def add(api: Api, trace_id: str, **body: Any) -> dict[str, Any]:
    said: dict[str, Any] = await api.ask(
        "POST", f"/traces/{trace_id}/assessments", {"name": "quality", **body}, 201
    )
    Assessment.model_validate(said, strict=True)
    return said


def path(of: dict[str, Any], rest: str = "") -> str:
    return f"/traces/{of['trace_id']}/assessments/{of['assessment_id']}{rest}"


@pytest.mark.parametrize(
    "value",
    [True, False, 0, -3, 0.25, 2**63, "", "text\x00\n\"'", [], [1, "a", None], {"a": {"b": 1.5}}],
)
async def test_any_json_comes_back_as_it_was(api: Api, trace_id: str, value: object) -> None:
    made = await add(api, trace_id, value=value)
    read = await api.ask("GET", path(made))
    assert read == made
    assert (read["value"], type(read["value"])) == (value, type(value))
    assert (read["kind"], read["valid"], read["error"], read["overrides"]) == (
        *("feedback", True, None),
        None,
    )


async def test_everything_that_is_said_is_kept(
    api: Api, store: ClickHouseStore, number: int, trace_id: str
) -> None:
    write(store, traces("root", trace_id=number))
    made = await add(
        api,
        trace_id,
        kind="expectation",
        value={"answer": "Paris"},
        source={"source_type": "HUMAN", "source_id": "ann@example.org"},
        rationale="known",
        metadata={"page": "3", "count": 4, "sure": True},
        span_id="00" * 7 + "01",
    )
    assert made["metadata"] == {"page": "3", "count": "4", "sure": "true"}
    failed = await add(
        api,
        trace_id,
        error={"error_code": "TIMEOUT", "error_message": "too slow", "stack_trace": "a\nb"},
    )
    assert failed["value"] is None
    assert failed["source"] == {"source_type": "CODE", "source_id": "default"}
    document = await api.ask("GET", f"/traces/{trace_id}")
    TraceDocument.model_validate(document)
    assert document["assessments"] == [made, failed]


async def test_a_change_leaves_what_it_does_not_name(api: Api, trace_id: str) -> None:
    made = await add(
        api, trace_id, value=1, rationale="first", metadata={"a": "1"}, span_id="ab" * 8
    )
    changed = await api.ask("PATCH", path(made), {"value": 2, "metadata": {"b": "2"}})
    assert changed == await api.ask("GET", path(made))
    same = ("assessment_id", "name", "span_id", "rationale", "create_time_unix_nano", "source")
    assert {key: changed[key] for key in same} == {key: made[key] for key in same}
    assert (changed["value"], changed["metadata"]) == (2, {"a": "1", "b": "2"})
    assert changed["last_update_time_unix_nano"] > made["last_update_time_unix_nano"]

    changed = await api.ask(
        "PATCH",
        path(made),
        {"error": {"error_code": "E"}, "rationale": None, "source": {"source_type": "LLM_JUDGE"}},
    )
    assert (changed["value"], changed["error"]["error_code"]) == (None, "E")
    assert (changed["rationale"], changed["source"]["source_type"]) == (None, "LLM_JUDGE")
    changed = await api.ask("PATCH", path(made), {"value": False})
    assert (changed["value"], changed["error"]) == (False, None)


async def test_concurrent_changes_of_different_members_all_count(api: Api, trace_id: str) -> None:
    made = await add(api, trace_id, value=0)
    await asyncio.gather(
        *(api.ask("PATCH", path(made), {"metadata": {f"k{n}": str(n)}}) for n in range(12))
    )
    assert len((await api.ask("GET", path(made)))["metadata"]) == 12


async def test_override_and_what_becomes_of_the_old_one(api: Api, trace_id: str) -> None:
    old = await add(api, trace_id, value="bad", span_id="cd" * 8)
    new = await api.ask("POST", path(old, "/override"), {"value": "good", "rationale": "r"}, 201)
    Assessment.model_validate(new, strict=True)
    assert (new["overrides"], new["span_id"], new["name"]) == (
        *(old["assessment_id"], "cd" * 8),
        "quality",
    )
    assert new["source"]["source_type"] == "HUMAN"
    assert (await api.ask("GET", path(old)))["valid"] is False

    problem = await api.ask("POST", path(old, "/override"), {"value": "better"}, 409)
    assert problem["code"] == "conflict"

    await api.ask("DELETE", path(new), status=204)
    assert (await api.ask("GET", path(old)))["valid"] is True
    assert (await api.ask("GET", path(new), status=404))["code"] == "not_found"


async def test_one_of_two_overrides_at_once_wins(api: Api, trace_id: str) -> None:
    old = await add(api, trace_id, value=1)
    url = f"/api{path(old, '/override')}"
    answers = await asyncio.gather(*(api.client.post(url, json={"value": n}) for n in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]


async def test_what_is_deleted_is_gone(api: Api, trace_id: str) -> None:
    made = await add(api, trace_id, value=1)
    await api.ask("DELETE", path(made), status=204)
    for method, body in (("GET", None), ("DELETE", None), ("PATCH", {"value": 2})):
        assert (await api.ask(method, path(made), body, 404))["code"] == "not_found"
    await api.ask("POST", path(made, "/override"), {"value": 2}, 404)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "name"),
        ({"name": "n"}, "value"),
        ({"name": "n", "value": None}, "value"),
        ({"name": "", "value": 1}, "name"),
        ({"name": "n" * 251, "value": 1}, "name"),
        ({"name": "a\x00", "value": 1}, "name"),
        ({"name": 5, "value": 1}, "name"),
        ({"name": "n", "value": 1, "kind": "issue"}, "kind"),
        ({"name": "n", "value": "v" * 65536}, "value"),
        ({"name": "n", "value": 1, "rationale": "r" * 65537}, "rationale"),
        ({"name": "n", "value": 1, "source": {"source_type": "ROBOT"}}, "source.source_type"),
        ({"name": "n", "value": 1, "source": {}}, "source.source_type"),
        ({"name": "n", "value": 1, "metadata": {"k": []}}, "metadata.k"),
        ({"name": "n", "value": 1, "metadata": {"": "v"}}, "metadata"),
        ({"name": "n", "value": 1, "span_id": "x"}, "span_id"),
        ({"name": "n", "value": 1, "span_id": "AB" * 8}, "span_id"),
        ({"name": "n", "value": 1, "assessment_id": UNKNOWN}, "assessment_id"),
        ({"name": "n", "error": {"error_message": "m"}}, "error.error_code"),
        ({"name": "n", "error": {"error_code": "E", "stack_trace": "s" * 10001}}, "stack_trace"),
        ({"name": "n", "kind": "expectation", "error": {"error_code": "E"}}, "value"),
        ({"name": "n", "kind": "expectation", "value": 1, "error": {"error_code": "E"}}, "error"),
        ([1], "body"),
    ],
)
async def test_what_does_not_fit_is_named(api: Api, trace_id: str, body: object, said: str) -> None:
    problem = await api.ask("POST", f"/traces/{trace_id}/assessments", body, 400)
    assert problem["code"] == "bad_request"
    assert said in problem["message"]


async def test_ids_are_checked_and_unknown_ones_not_found(api: Api, trace_id: str) -> None:
    at = f"/traces/{trace_id}/assessments"
    assert (await api.ask("GET", f"{at}/{UNKNOWN}", status=404))["code"] == "not_found"
    for bad in ("a-1", "x", UNKNOWN.upper(), "' OR 1=1", UNKNOWN + "%00"):
        assert (await api.ask("GET", f"{at}/{bad}", status=400))["code"] == "bad_request"
        await api.ask("PATCH", f"{at}/{bad}", {"value": 1}, 400)
        await api.ask("DELETE", f"{at}/{bad}", status=400)
    await api.ask("POST", "/traces/nothing/assessments", {"name": "n", "value": 1}, 400)


async def test_an_expectation_is_changed_and_not_overridden(api: Api, trace_id: str) -> None:
    made = await add(api, trace_id, kind="expectation", value="a")
    assert made["source"]["source_type"] == "HUMAN"
    await api.ask("POST", path(made, "/override"), {"value": "b"}, 400)
    await api.ask("PATCH", path(made), {"error": {"error_code": "E"}}, 400)
    assert (await api.ask("PATCH", path(made), {"value": "b"}))["value"] == "b"


async def test_the_kind_that_a_change_names_has_to_be_the_same(api: Api, trace_id: str) -> None:
    made = await add(api, trace_id, value=1)
    problem = await api.ask("PATCH", path(made), {"value": 2, "kind": "expectation"}, 400)
    assert "the assessment is feedback, not expectation" in problem["message"]
    assert await api.ask("GET", path(made)) == made
    changed = await api.ask("PATCH", path(made), {"value": 2, "kind": "feedback"})
    assert changed["value"] == 2
