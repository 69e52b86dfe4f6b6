"""Tags of traces over the API."""

from __future__ import annotations

import asyncio

import pytest

from spanbridge_ingest.store import ClickHouseStore
from tests.query.loading import write
from tests.support.otlp import traces
from tests.writes.conftest import Api


def tagged_trace(number: int, **tags: str) -> object:
    request = traces("root", "child", trace_id=number)
    for n, span in enumerate(request.resource_spans[0].scope_spans[0].spans):
        for key, value in tags.items():
            attribute = span.attributes.add(key=f"mlflow.traceTag.{key}")
            attribute.value.string_value = value if n == 0 else "later"
    return request


async def test_tags_are_set_changed_and_taken_away(
    api: Api, store: ClickHouseStore, number: int, trace_id: str
) -> None:
    write(store, tagged_trace(number, env="prod", team="red"))  # type: ignore[arg-type]
    path = f"/traces/{trace_id}/tags"

    assert await api.ask("PATCH", path, {"env": "test", "note": "a"}) == {
        "tags": {"env": "test", "note": "a"}
    }
    assert await api.ask("PATCH", path, {"note": "b", "team": None}) == {
        "tags": {"env": "test", "note": "b"}
    }

    document = await api.ask("GET", f"/traces/{trace_id}")
    assert document["tags"] == {"env": "test", "note": "b"}
    [listed] = [
        t
        for t in (await api.ask("GET", "/traces?limit=500"))["traces"]
        if t["trace_id"] == trace_id
    ]
    assert listed["tags"] == {"env": "test", "note": "b"}

    await api.ask("PATCH", path, {"env": None, "note": None, "team": "blue"})
    assert (await api.ask("GET", f"/traces/{trace_id}"))["tags"] == {"team": "blue"}


async def test_a_trace_that_has_not_arrived_can_be_tagged(
    api: Api, store: ClickHouseStore, number: int, trace_id: str
) -> None:
    await api.ask("PATCH", f"/traces/tr-{trace_id.upper()}/tags", {"early": "yes"})
    assert (await api.ask("GET", f"/traces/{trace_id}", status=404))["code"] == "not_found"
    write(store, tagged_trace(number, env="prod"))  # type: ignore[arg-type]
    document = await api.ask("GET", f"/traces/{trace_id}")
    assert document["tags"] == {"env": "prod", "early": "yes"}


async def test_the_last_of_many_writers_wins_and_no_key_is_lost(api: Api, trace_id: str) -> None:
    path = f"/traces/{trace_id}/tags"
    await asyncio.gather(
        *(api.ask("PATCH", path, {"same": str(n), f"own-{n}": str(n)}) for n in range(24))
    )
    tags = (await api.ask("PATCH", path, {"last": "x"}))["tags"]
    assert {key for key in tags if key.startswith("own-")} == {f"own-{n}" for n in range(24)}
    for n in range(3):
        await api.ask("PATCH", path, {"same": f"final {n}"})
        assert (await api.ask("PATCH", path, {"last": "y"}))["tags"]["same"] == f"final {n}"


NASTY = [
    "'; DROP TABLE trace_tags; --",
    "{trace_ids:Array(String)}",
    "`k` = 1 OR 1=1",
    "%s %(x)s {} {0}",
    "\\' OR '1'='1",
    "ключ 🔑 \u202e",
    "a" * 250,
]


@pytest.mark.parametrize("key", NASTY)
async def test_keys_and_values_are_data(api: Api, trace_id: str, key: str) -> None:
    value = key + "\x00\n\t\\x" + '"'
    answer = await api.ask("PATCH", f"/traces/{trace_id}/tags", {key: value})
    assert answer == {"tags": {key: value}}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "at least 1"),
        ([], "dictionary"),
        ("text", "dictionary"),
        ({"k": 1}, "string"),
        ({"k": {"a": "b"}}, "string"),
        ({"": "v"}, "at least 1"),
        ({"k" * 251: "v"}, "at most 250"),
        ({"k": "v" * 8001}, "at most 8000"),
        ({"a\x00b": "v"}, "control"),
        ({"a\nb": "v"}, "control"),
        ({f"k{n}": "v" for n in range(101)}, "at most 100"),
        ({"mlflow.traceName": "v"}, "root span"),
    ],
)
async def test_what_does_not_fit_is_refused(
    api: Api, trace_id: str, body: object, said: str
) -> None:
    problem = await api.ask("PATCH", f"/traces/{trace_id}/tags", body, status=400)
    assert problem["code"] == "bad_request"
    assert said in problem["message"]
    assert problem["hint"]


@pytest.mark.parametrize("bad", ["x", "0" * 31, "0" * 33, "g" * 32, "tr-", "' OR 1=1", "%00"])
async def test_ids_are_checked(api: Api, bad: str) -> None:
    assert (await api.ask("PATCH", f"/traces/{bad}/tags", {"k": "v"}, 400))["code"] == "bad_request"
