"""Traces deleted over the API."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from spanbridge_ingest.store import ClickHouseStore
from spanbridge_ingest.store.edits import TraceEdits
from tests.query.loading import write
from tests.writes.conftest import Api
from tests.writes.events import evaluation, trace_with

TABLES = ("otel_traces", "otel_logs", "otel_traces_trace_id_ts", "trace_tags", "trace_assessments")
SECOND = 1_000_000_000
# Each test has a time of its own, older than that of the tests before it.
_begins = itertools.count(1_700_000_000, -100_000)


def rows(store: ClickHouseStore, trace_id: str) -> dict[str, int]:
    found = {}
    for table in TABLES:
        [(count,)] = store.query(
            f"SELECT count() FROM {table} WHERE TraceId = {{t:String}}", {"t": trace_id}
        )
        found[table] = int(str(count))
    return found


def trace_at(number: int, start: int, **attributes: object) -> Any:
    request = trace_with(number, attributes, {})
    for n, span in enumerate(request.resource_spans[0].scope_spans[0].spans):
        span.start_time_unix_nano = start + n
        span.end_time_unix_nano = start + 1000
    return request


async def everything_of(api: Api, store: ClickHouseStore, number: int) -> str:
    trace_id = f"{number:032x}"
    write(store, trace_with(number, {}, {}))
    write(store, evaluation({"gen_ai.evaluation.name": "n"}, number.to_bytes(16, "big")))
    await api.ask("PATCH", f"/traces/{trace_id}/tags", {"k": "v"})
    await api.ask("POST", f"/traces/{trace_id}/assessments", {"name": "n", "value": 1}, 201)
    return trace_id


async def test_everything_of_a_trace_goes_and_nothing_else(
    api: Api, store: ClickHouseStore, number: int
) -> None:
    gone = await everything_of(api, store, number)
    kept = await everything_of(api, store, number + 0x1000)
    before = rows(store, kept)
    assert all(before.values())

    body = {"trace_ids": [gone, f"tr-{gone}", gone.upper(), "0" * 32]}
    assert await api.ask("POST", "/traces/delete", body) == {"deleted": 1}

    assert not any(rows(store, gone).values())
    assert rows(store, kept) == before
    assert (await api.ask("GET", f"/traces/{gone}", status=404))["code"] == "not_found"
    assert await api.ask("POST", "/traces/delete", body) == {"deleted": 0}


async def test_a_deleted_trace_can_come_again(
    api: Api, store: ClickHouseStore, number: int, trace_id: str
) -> None:
    await everything_of(api, store, number)
    await api.ask("POST", "/traces/delete", {"trace_ids": [trace_id]})
    write(store, trace_with(number, {}))
    document = await api.ask("GET", f"/traces/{trace_id}")
    assert (len(document["spans"]), document["tags"], document["assessments"]) == (1, {}, [])
    await api.ask("PATCH", f"/traces/{trace_id}/tags", {"k": "new"})
    assert (await api.ask("GET", f"/traces/{trace_id}"))["tags"] == {"k": "new"}


async def test_the_oldest_go_first_and_no_more_than_asked(
    api: Api, store: ClickHouseStore, number: int
) -> None:
    begin = next(_begins) * SECOND
    # Three in one second, told apart by nanoseconds, written in no order.
    starts = {number: begin + 5, number + 1: begin + 3, number + 2: begin + 4, number + 3: begin}
    write(store, *(trace_at(n, start) for n, start in starts.items()))

    def left() -> list[int]:
        return [n for n in starts if rows(store, f"{n:032x}")["otel_traces"]]

    async def delete(**body: object) -> int:
        return int((await api.ask("POST", "/traces/delete", body))["deleted"])

    assert await delete(before_unix_nano=begin) == 0
    assert await delete(before_unix_nano=begin + 5, limit=2) == 2
    assert left() == [number, number + 2]
    assert await delete(before_unix_nano=begin + 5) == 1
    assert left() == [number]
    assert await delete(before_unix_nano=begin + 6) == 1
    assert left() == []


async def test_only_of_one_experiment(api: Api, store: ClickHouseStore, number: int) -> None:
    begin = next(_begins) * SECOND
    ids = [f"{number + n:032x}" for n in range(3)]
    key = "mlflow.experimentId"
    said: list[dict[str, object]] = [{key: "7"}, {key: '"7"'}, {key: "8"}]
    write(store, *(trace_at(number + n, begin + n, **own) for n, own in enumerate(said)))

    body = {"before_unix_nano": begin + 9, "experiment_id": "9"}
    assert await api.ask("POST", "/traces/delete", body) == {"deleted": 0}
    body = {"trace_ids": ids, "experiment_id": "8"}
    assert await api.ask("POST", "/traces/delete", body) == {"deleted": 1}
    body = {"before_unix_nano": begin + 9, "limit": 1, "experiment_id": "7"}
    assert await api.ask("POST", "/traces/delete", body) == {"deleted": 1}
    assert [rows(store, i)["otel_traces"] for i in ids] == [0, 2, 0]


async def test_what_a_crash_left_is_cleared_the_next_time(
    api: Api, store: ClickHouseStore, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = next(_begins) * SECOND
    write(store, trace_at(number, begin))
    trace_id = f"{number:032x}"
    await api.ask("PATCH", f"/traces/{trace_id}/tags", {"k": "v"})
    monkeypatch.setattr("spanbridge_ingest.store.edits._TABLES", ("otel_traces",))
    TraceEdits(store.engine, store.database).delete_traces([trace_id])
    monkeypatch.undo()
    assert rows(store, trace_id)["trace_tags"] == 1

    body = {"before_unix_nano": begin + 1}
    assert await api.ask("POST", "/traces/delete", body) == {"deleted": 0}
    assert not any(rows(store, trace_id).values())


async def test_behind_what_a_crash_left_the_deletion_goes_on(
    api: Api, store: ClickHouseStore, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = next(_begins) * SECOND
    # Two are left over, and as many are asked for at once.
    left_over, whole = [number, number + 1], [number + 2, number + 3, number + 4]
    write(store, *(trace_at(n, begin + n - number) for n in [*left_over, *whole]))
    with monkeypatch.context() as cut:
        cut.setattr("spanbridge_ingest.store.edits._TABLES", ("otel_traces",))
        TraceEdits(store.engine, store.database).delete_traces([f"{n:032x}" for n in left_over])

    body = {"before_unix_nano": begin + 9, "limit": 2}
    answers = [await api.ask("POST", "/traces/delete", body) for _ in range(3)]
    assert answers == [{"deleted": 2}, {"deleted": 1}, {"deleted": 0}]
    assert not any(any(rows(store, f"{n:032x}").values()) for n in [*left_over, *whole])


async def test_reconciling_does_not_mind(store: ClickHouseStore, api: Api, number: int) -> None:
    trace_id = await everything_of(api, store, number)
    await api.ask("POST", "/traces/delete", {"trace_ids": [trace_id]})
    assert store.reconcile() == 0


@pytest.mark.parametrize(
    "body",
    [
        *({}, {"trace_ids": ["x"]}, {"trace_ids": "all"}, {"limit": 5}, [], {"all": True}),
        *({"trace_ids": ["0" * 32], "before_unix_nano": 1}, {"trace_ids": ["0" * 32], "limit": 1}),
        *({"before_unix_nano": -1}, {"before_unix_nano": 2**63}, {"before_unix_nano": "1"}),
        *({"before_unix_nano": 1, "limit": 0}, {"before_unix_nano": 1, "limit": 2_001}),
        {"trace_ids": ["' OR 1=1 --"]},
        {"before_unix_nano": True},
        {"trace_ids": ["0" * 32] * 2_001},
    ],
)
async def test_what_is_not_clear_deletes_nothing(
    api: Api, store: ClickHouseStore, number: int, body: object
) -> None:
    write(store, trace_at(number, 1))
    problem = await api.ask("POST", "/traces/delete", body, 400)
    assert problem["code"] == "bad_request"
    assert rows(store, f"{number:032x}")["otel_traces"] == 2
