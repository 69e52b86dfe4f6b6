"""The pieces that traces come in."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

from spanbridge_ingest.jaeger import chunks
from spanbridge_ingest.store import ClickHouseStore
from tests.jaeger.client import Client, connected, ids, spans
from tests.jaeger.making import chat, id_of, request, span
from tests.jaeger.serving import endpoint
from tests.query.loading import embedded_store, write

GRPC_LIMIT = 4 * 1024**2
HUGE, WIDE, LONG, SMALL = 1, 2, 3, range(10, 40)
LONG_SPANS = 1_200


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouseStore]:
    text = "x" * 100_000
    with embedded_store(tmp_path_factory.mktemp("store")) as store:
        write(
            store,
            request(
                # Two larger than any piece, others beside them.
                (
                    "huge",
                    [
                        span(HUGE, n, attributes={"text": text * (50 if n in (2, 3) else 1)})
                        for n in range(1, 6)
                    ],
                ),
                # Nine MB in spans of two services.
                ("a", [span(WIDE, n, attributes={"text": text}) for n in range(1, 46)]),
                ("b", [span(WIDE, n, attributes={"text": text}) for n in range(46, 91)]),
            ),
        )
        write(
            store,
            request(
                ("long", [chat(LONG, n, n // 2, f"hello {n}") for n in range(1, LONG_SPANS + 1)]),
                ("small", [span(trace, 1) for trace in SMALL]),
            ),
        )
        yield store


@pytest.fixture(scope="module")
def client(store: ClickHouseStore) -> Iterator[Client]:
    with endpoint(store) as address, connected(address) as client:
        yield client


def check_rules(pieces: list[TracesData]) -> None:
    """One trace in each piece, none empty, those of a trace in a row."""
    traces = [{span.trace_id for span in spans([piece])} for piece in pieces]
    assert all(len(found) == 1 for found in traces)
    in_a_row = [next(iter(found)) for found in traces]
    assert len(list(itertools.groupby(in_a_row))) == len(set(in_a_row))
    for piece in pieces:
        assert piece.ByteSize() <= chunks.CHUNK_BYTES or len(spans([piece])) == 1


def test_large_traces_come_in_pieces(client: Client) -> None:
    pieces = client.get(id_of(WIDE))
    check_rules(pieces)
    assert len(pieces) == 3
    assert sorted(int.from_bytes(s.span_id) for s in spans(pieces)) == list(range(1, 91))
    services = {
        int.from_bytes(one.span_id): resource.resource.attributes[0].value.string_value
        for piece in pieces
        for resource in piece.resource_spans
        for scope in resource.scope_spans
        for one in scope.spans
    }
    assert services == {n: "a" if n < 46 else "b" for n in range(1, 91)}
    assert {s.scope.name for p in pieces for r in p.resource_spans for s in r.scope_spans} == {
        "tests"
    }


def test_a_huge_span_stands_alone(store: ClickHouseStore) -> None:
    pieces = [piece for some in chunks.chunks(store, [id_of(HUGE)]) for piece in some]
    check_rules(pieces)
    large = [piece for piece in pieces if piece.ByteSize() > GRPC_LIMIT]
    assert [len(spans([piece])) for piece in large] == [1, 1]
    assert len(spans(pieces)) == 5


@pytest.mark.parametrize(("trace", "count", "size"), [(HUGE, 5, 1), (WIDE, 90, 2_000_000)])
def test_no_more_is_read_at_once_than_may_be(
    store: ClickHouseStore, monkeypatch: pytest.MonkeyPatch, trace: int, count: int, size: int
) -> None:
    wanted = [id_of(one) for one in (11, trace, 12)]
    monkeypatch.setattr(chunks, "PAGE_BYTES", size)
    steps = list(chunks.chunks(store, wanted))
    pieces = [piece for some in steps for piece in some]
    check_rules(pieces)
    assert ids(pieces) == wanted
    counted = Counter(one.trace_id.hex() for one in spans(pieces))
    assert counted == dict(zip(wanted, (1, count, 1), strict=True))
    for some in steps:
        assert len(spans(some)) == 1 or sum(piece.ByteSize() for piece in some) <= size


def test_a_long_trace_is_whole_and_translated(client: Client) -> None:
    pieces = client.get(id_of(LONG))
    check_rules(pieces)
    found = spans(pieces)
    assert sorted(int.from_bytes(s.span_id) for s in found) == list(range(1, LONG_SPANS + 1))
    for one in found:
        said = {pair.key: pair.value.string_value for pair in one.attributes}
        assert said["gen_ai.response.model"] == said["llm.model_name"] == "gpt-4o"
        assert f'"hello {int.from_bytes(one.span_id)}"' in said["gen_ai.input.messages"]


def test_pages_count_usage_as_the_whole_trace_does(store: ClickHouseStore, client: Client) -> None:
    """Calls above calls repeat usage: what counts is known of whole traces alone."""
    [counted] = [
        row
        for row in store.query(
            "SELECT count() FROM otel_traces_usage(since = toDateTime64(0, 9), "
            "until = toDateTime64(4000000000, 9)) WHERE UsageCounted AND TraceId = {id:String}",
            {"id": id_of(LONG)},
        )
    ]
    stated = [
        one
        for one in spans(client.get(id_of(LONG)))
        if any(pair.key == "gen_ai.usage.input_tokens" for pair in one.attributes)
    ]
    assert (len(stated),) == counted
    assert 0 < len(stated) < LONG_SPANS


def test_ids_that_are_not_there_are_left_out(client: Client) -> None:
    wanted = [id_of(trace) for trace in (12, 99, 11, 12)]
    assert ids(client.get(*wanted)) == [id_of(12), id_of(11)]
    assert client.get(id_of(99)) == []
    assert client.get() == []


def test_many_small_traces(client: Client) -> None:
    pieces = client.get(*(id_of(trace) for trace in reversed(SMALL)))
    check_rules(pieces)
    assert ids(pieces) == [id_of(trace) for trace in reversed(SMALL)]
