"""A client made from the definitions that Jaeger publishes asks every method.

Those definitions are newer than the Jaeger that can be built here, which asks for neither summaries
nor capabilities.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import grpc
import pytest
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.descriptor_pool import DescriptorPool

from spanbridge_ingest.jaeger.grpc_server import SERVICES
from spanbridge_ingest.jaeger.messages import MESSAGES
from spanbridge_ingest.store import ClickHouseStore
from tests.jaeger import plain
from tests.jaeger.serving import endpoint
from tests.support import jaeger_idl
from tests.support.jaeger_idl import PublishedClient

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
"""The definitions are fetched once."""

SPANS = plain.all_spans()
AGAIN = ("GetTraces", "GetServices", "GetOperations", "FindTraces", "FindTraceIDs")


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> DescriptorPool:
    return jaeger_idl.compiled(tmp_path_factory.mktemp("idl"))


@pytest.fixture(scope="module")
def client(pool: DescriptorPool, store: ClickHouseStore) -> Iterator[PublishedClient]:
    with endpoint(store) as address, grpc.insecure_channel(str(address)) as channel:
        yield PublishedClient(pool, channel)


def ids_of(pieces: Sequence[Any]) -> list[str]:
    """The traces of pieces in the order of their first spans."""
    return list(
        dict.fromkeys(
            span.trace_id.hex()
            for piece in pieces
            for resource in piece.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        )
    )


def shape(field: FieldDescriptor) -> tuple[int, int, bool]:
    """What a field is on the wire."""
    kind = field.type
    if kind == FieldDescriptor.TYPE_BYTES:
        # A message that is only noticed here is its bytes.
        kind = FieldDescriptor.TYPE_MESSAGE
    return field.number, kind, field.is_repeated


def test_messages_are_those_that_are_published(pool: DescriptorPool) -> None:
    for name, kind in MESSAGES.items():
        published = pool.FindMessageTypeByName(f"{jaeger_idl.PACKAGE}.{name}")
        theirs = {field.name: shape(field) for field in published.fields}
        ours = {field.name: shape(field) for field in kind.DESCRIPTOR.fields}
        assert ours.items() <= theirs.items(), name


def test_requests_are_read_whole(pool: DescriptorPool) -> None:
    """A field of a request that is not known would be ignored, and the answer wrong."""
    for name, kind in MESSAGES.items():
        if name.endswith(("Request", "Parameters", "Params")):
            published = pool.FindMessageTypeByName(f"{jaeger_idl.PACKAGE}.{name}")
            assert {f.name for f in published.fields} == {f.name for f in kind.DESCRIPTOR.fields}


def test_services_have_their_published_names(client: PublishedClient) -> None:
    assert {f"{jaeger_idl.PACKAGE}.{name}" for name in jaeger_idl.SERVICES} == set(SERVICES)
    assert client.methods >= {*AGAIN, "FindTraceSummaries", "GetDependencies", "GetCapabilities"}


def test_capabilities(client: PublishedClient) -> None:
    [answer] = client.call("GetCapabilities")
    search = answer.search
    assert (search.without_service_name, search.same_span_conjunction) == (True, True)
    assert (search.HasField("filter"), search.paginated, search.span_search) == (False,) * 3
    # What it says that it cannot do is refused as the definitions want it.
    with pytest.raises(grpc.RpcError) as refused:
        client.call("FindSpans")
    assert refused.value.code() is grpc.StatusCode.UNIMPLEMENTED


def test_lists(client: PublishedClient) -> None:
    [answer] = client.call("GetServices")
    assert set(answer.services) >= {span.service for span in SPANS} - {""}
    [answer] = client.call("GetOperations", service="h2-corpus", span_kind="client")
    assert {one.name for one in answer.operations} == {
        span.message.name
        for span in SPANS
        if span.service == "h2-corpus" and span.message.kind == span.message.SPAN_KIND_CLIENT
    }
    [answer] = client.call("GetDependencies", start_time={}, end_time=moment(2**62))
    assert all(one.parent and one.child and one.call_count for one in answer.dependencies)


def moment(nanos: int) -> dict[str, int]:
    seconds, rest = divmod(nanos, 10**9)
    return {"seconds": seconds, "nanos": rest}


TIMES = sorted(span.start for span in SPANS)
SEARCHES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "everything": ({"search_depth": 1000}, {"search_depth": 1000}),
    "a few": ({"search_depth": 3}, {"search_depth": 3}),
    "a service": ({"service_name": "h2-corpus"}, {"service_name": "h2-corpus"}),
    "an operation": ({"operation_name": "get_weather"}, {"operation_name": "get_weather"}),
    "attributes": (
        {
            "attributes": [
                {"key": "error", "value": {"bool_value": True}},
                {"key": "span.kind", "value": {"string_value": "client"}},
            ]
        },
        {"attributes": {"error": True, "span.kind": "client"}},
    ),
    "a count": (
        {"attributes": [{"key": "gen_ai.usage.input_tokens", "value": {"int_value": 12}}]},
        {"attributes": {"gen_ai.usage.input_tokens": 12}},
    ),
    "a time": (
        {
            "start_time_min": moment(TIMES[len(TIMES) // 4]),
            "start_time_max": moment(TIMES[len(TIMES) // 2]),
        },
        {"start_time_min": TIMES[len(TIMES) // 4], "start_time_max": TIMES[len(TIMES) // 2]},
    ),
    "a duration": (
        {"duration_min": {"nanos": 250_000_000}, "duration_max": {"seconds": 60}},
        {"duration_min": 250_000_000, "duration_max": 60 * 10**9},
    ),
}


@pytest.mark.parametrize("name", SEARCHES)
def test_searches(client: PublishedClient, name: str) -> None:
    query, contract = SEARCHES[name]
    expected = plain.find(SPANS, contract)
    assert expected or name == "a count"
    [answer] = client.call("FindTraceIDs", query=query)
    found = [one.trace_id.hex() for one in answer.trace_ids]
    if name == "a count":
        # Spans of other dialects have it as well, under other names.
        assert set(found) >= set(expected)
        expected = found
    assert found == expected
    assert ids_of(client.call("FindTraces", query=query)) == expected
    chunks = client.call("FindTraceSummaries", query=query)
    assert [one.trace_id.hex() for chunk in chunks for one in chunk.summaries] == expected


def test_summaries_say_what_the_spans_say(client: PublishedClient) -> None:
    chunks = client.call("FindTraceSummaries", query={"search_depth": 1000})
    summaries = [one for chunk in chunks for one in chunk.summaries]
    assert len(summaries) == len({span.trace_id for span in SPANS})
    for summary in summaries:
        own = {s.message.span_id: s for s in SPANS if s.trace_id == summary.trace_id.hex()}
        spans = list(own.values())
        failed = Counter(s.service for s in spans if s.message.status.code == plain.ERROR)
        assert summary.span_count == len(spans)
        assert summary.error_span_count == failed.total()
        assert summary.orphan_span_count == sum(
            bool(s.message.parent_span_id) and s.message.parent_span_id not in own for s in spans
        )
        assert summary.min_start_time_unix_nano == min(s.start for s in spans)
        assert summary.max_end_time_unix_nano == max(s.start + s.duration for s in spans)
        services = Counter(s.service or "OTLPResourceNoServiceName" for s in spans)
        assert {one.name: one.span_count for one in summary.services} == services
        roots = [s for s in spans if not s.message.parent_span_id]
        if roots:
            first = min(roots, key=lambda s: (s.start, s.message.span_id))
            assert summary.root_operation_name == first.message.name


def test_traces_by_their_ids(client: PublishedClient) -> None:
    wanted = sorted({span.trace_id for span in SPANS})[:20]
    unknown = {"trace_id": b"\x0d" * 16}
    query = [unknown, *({"trace_id": bytes.fromhex(trace_id)} for trace_id in wanted)]
    pieces = client.call("GetTraces", query=query)
    assert ids_of(pieces) == wanted
    assert all(len(ids_of([piece])) == 1 for piece in pieces)


@pytest.mark.parametrize("method", ["FindTraceIDs", "FindTraceSummaries"])
def test_one_page(client: PublishedClient, method: str) -> None:
    answers = client.call(method, query={"pagination": {"page_size": 4}})
    found = [
        one.trace_id.hex()
        for answer in answers
        for one in (answer.trace_ids if method == "FindTraceIDs" else answer.summaries)
    ]
    assert found == plain.find(SPANS, {"search_depth": 4})
    assert [answer.next_page_token for answer in answers] == [""]
    assert client.call(method, query={"pagination": {"page_size": 2**31}})


@pytest.mark.parametrize(
    ("method", "query"),
    [
        ("FindTraces", {"pagination": {"page_size": 4}}),
        ("FindTraceIDs", {"pagination": {"page_size": 4}, "search_depth": 4}),
        ("FindTraceIDs", {"pagination": {}}),
        ("FindTraceIDs", {"pagination": {"page_size": 4, "page_token": "x"}}),
        ("FindTraceSummaries", {"pagination": {"page_size": 4, "page_token": "x"}}),
        ("FindTraceIDs", {"filter": {"op": "eq"}}),
        ("FindTraceIDs", {"search_depth": -1}),
    ],
)
def test_what_is_refused(client: PublishedClient, method: str, query: dict[str, Any]) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        client.call(method, query=query)
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert refused.value.details()
