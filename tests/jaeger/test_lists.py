"""Summaries, services, operations, who calls whom, and what a deletion leaves of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from spanbridge_ingest.store import ClickHouseStore
from spanbridge_ingest.store.edits import TraceEdits
from tests.jaeger.client import connected
from tests.jaeger.making import START, id_of, request, span
from tests.jaeger.serving import endpoint
from tests.query.loading import embedded_store, write


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouseStore]:
    with embedded_store(tmp_path_factory.mktemp("store")) as store:
        yield store


def test_summaries_dependencies_and_deletions(store: ClickHouseStore) -> None:
    write(
        store,
        request(
            ("shop", [span(1, 1, duration=10**9), span(1, 3, 2), span(2, 1, start=START - 10**9)]),
            ("bank", [span(1, 2, 1, status={"code": 2}), span(1, 4, 9)]),
            ("", [span(3, 1, 77, start=START - 2 * 10**9)]),
        ),
    )
    with endpoint(store) as address, connected(address) as client:
        first, second, third = client.summaries()
        assert first.trace_id.hex() == id_of(1)
        assert (first.root_service_name, first.root_operation_name) == ("shop", "step 1")
        assert first.min_start_time_unix_nano == START + 10**6
        assert first.max_end_time_unix_nano == START + 10**6 + 10**9
        assert (first.span_count, first.error_span_count, first.orphan_span_count) == (4, 1, 1)
        services = [(one.name, one.span_count, one.error_span_count) for one in first.services]
        assert services == [("bank", 2, 1), ("shop", 2, 0)]
        assert second.trace_id.hex() == id_of(2)
        assert (third.root_operation_name, third.orphan_span_count) == ("", 1)
        assert client.services() == ["OTLPResourceNoServiceName", "bank", "shop"]
        assert client.find_ids(service_name="OTLPResourceNoServiceName") == [id_of(3)]
        assert client.operations("bank", "internal") == [
            ("step 2", "internal"),
            ("step 4", "internal"),
        ]
        assert client.operations("bank", "server") == client.operations("bank", "odd") == []
        calls = client.dependencies(START, START + 10**9)
        assert sorted(calls) == [("bank", "shop", 1), ("shop", "bank", 1)]
        assert client.dependencies(START + 10**9, START + 2 * 10**9) == []

        TraceEdits(store.engine, store.database).delete_traces([id_of(1)])
        assert client.find_ids() == [id_of(2), id_of(3)]
        assert client.get(id_of(1)) == []
        assert client.services() == ["OTLPResourceNoServiceName", "shop"]
