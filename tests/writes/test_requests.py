"""Who may change something, and what bodies are taken."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence

import pytest

from spanbridge_ingest.errors import StoreUnavailableError
from spanbridge_ingest.store import ClickHouseStore
from spanbridge_ingest.store.editing import AssessmentRow
from tests.writes.conftest import Api, api_over

JSON = {"content-type": "application/json"}
HOST = "127.0.0.1:4318"


def every_write(trace_id: str) -> list[tuple[str, str]]:
    one = f"/api/traces/{trace_id}/assessments/a-{'0' * 32}"
    return [
        ("PATCH", f"/api/traces/{trace_id}/tags"),
        ("POST", f"/api/traces/{trace_id}/assessments"),
        ("PATCH", one),
        ("DELETE", one),
        ("POST", f"{one}/override"),
        ("POST", "/api/traces/delete"),
    ]


@pytest.mark.parametrize(
    "origin",
    [
        *("http://evil.example", "null", "https://127.0.0.1", "http://127.0.0.1:1", "file://"),
        *("http://127.0.0.1:4318.evil.example", "http://[", f"http://x@{HOST}", ""),
    ],
)
async def test_pages_of_other_origins_change_nothing(api: Api, trace_id: str, origin: str) -> None:
    for method, path in every_write(trace_id):
        answer = await api.client.request(
            method, path, content=b'{"k": "v"}', headers={**JSON, "origin": origin}
        )
        assert answer.status_code == 403, (method, path, answer.text)
        assert answer.json()["error"]["code"] == "forbidden"
        assert "access-control-allow-origin" not in answer.headers
    assert (await api.ask("PATCH", f"/traces/{trace_id}/tags", {"z": "z"}))["tags"] == {"z": "z"}


async def test_a_name_that_was_pointed_at_us_is_no_origin_of_ours(api: Api, trace_id: str) -> None:
    rebound = {**JSON, "origin": "http://evil.example:4318", "host": "evil.example:4318"}
    answer = await api.client.patch(
        f"/api/traces/{trace_id}/tags", content=b'{"k": "v"}', headers=rebound
    )
    assert answer.status_code == 403


async def test_our_own_origin_may(api: Api, trace_id: str) -> None:
    for host in (HOST, "localhost:4318", "[::1]:4318"):
        headers = {**JSON, "origin": f"http://{host}", "host": host}
        answer = await api.client.patch(
            f"/api/traces/{trace_id}/tags", content=b'{"k": "v"}', headers=headers
        )
        assert answer.status_code == 200, answer.text


async def test_a_preflight_is_not_answered_with_leave(api: Api, trace_id: str) -> None:
    answer = await api.client.options(
        f"/api/traces/{trace_id}/tags",
        headers={"origin": "http://evil.example", "access-control-request-method": "PATCH"},
    )
    assert answer.status_code == 405
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(
    "media", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; b=c", ""]
)
async def test_only_json_is_taken(api: Api, trace_id: str, media: str) -> None:
    for method, path in every_write(trace_id):
        if method == "DELETE":
            continue
        answer = await api.client.request(
            method, path, content=b'{"k": "v"}', headers={"content-type": media}
        )
        assert answer.status_code == 415, (method, path, answer.text)


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"{", b"\xff\xfe", b'{"k": "\\ud800"}', b'{"k": NaN}', b'{"k": "v"} x'),
        *(b"[" * 100_000, b'{"a":' * 100_000, b'{"k": ' + b"[" * 33 + b"]" * 33 + b"}"),
    ],
)
async def test_what_is_no_plain_json_is_refused(api: Api, trace_id: str, body: bytes) -> None:
    answer = await api.client.patch(f"/api/traces/{trace_id}/tags", content=body, headers=JSON)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "bad_request"


async def test_a_value_may_be_as_deep_as_is_allowed(api: Api, trace_id: str) -> None:
    value: object = 1
    for _ in range(31):
        value = [value]
    await api.ask("POST", f"/traces/{trace_id}/assessments", {"name": "n", "value": value}, 201)
    await api.ask("POST", f"/traces/{trace_id}/assessments", {"name": "n", "value": [value]}, 400)


async def test_too_large_bodies_are_refused_announced_or_not(api: Api, trace_id: str) -> None:
    path = f"/api/traces/{trace_id}/tags"

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b" " * 65536

    announced = await api.client.patch(path, content=b" " * (1 << 21), headers=JSON)
    streamed = await api.client.patch(path, content=pieces(), headers=JSON)
    assert (announced.status_code, streamed.status_code) == (413, 413)


class AwayEditor:
    """An editor whose store is away."""

    def put_tags(self, trace_id: str, tags: Mapping[str, str | None]) -> None:
        raise StoreUnavailableError("the store is away")

    def put_assessments(self, rows: Sequence[AssessmentRow]) -> None:
        raise StoreUnavailableError("the store is away")

    def delete_traces(self, trace_ids: Sequence[str]) -> int:
        raise StoreUnavailableError("the store is away")


async def test_a_store_that_is_away_means_come_back(store: ClickHouseStore, trace_id: str) -> None:
    async with api_over(store, AwayEditor()) as api:
        for path, body in (
            (f"traces/{trace_id}/assessments", {"name": "n", "value": 1}),
            ("traces/delete", {"trace_ids": [trace_id]}),
        ):
            answer = await api.client.post(f"/api/{path}", json=body)
            assert answer.status_code == 503
            assert int(answer.headers["retry-after"]) >= 1
            assert answer.json()["error"]["code"] == "store_unavailable"


async def test_the_description_has_every_route(api: Api) -> None:
    described = (await api.client.get("/api/openapi.json")).json()["paths"]
    assert set(described["/traces/{trace_id}/assessments/{assessment_id}"]) == {
        *("get", "patch", "delete"),
    }
    body = described["/traces/{trace_id}/assessments"]["post"]["requestBody"]
    shape = body["content"]["application/json"]["schema"]
    assert {"name", "value", "source"} <= set(shape["properties"])
    assert "$ref" not in str(shape)
