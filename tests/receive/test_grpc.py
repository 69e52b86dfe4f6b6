from __future__ import annotations

import asyncio
import gzip
import random

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2
from grpc import aio
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from spanbridge_ingest.commit.limits import CommitLimits
from spanbridge_ingest.store.base import Signal
from tests.commit.memory_store import POISON, REJECT, MemoryStore, request
from tests.commit.test_committer import until
from tests.receive.conftest import LOGS, METRICS, REQUEST_LIMIT, TRACES, Service, running

HEALTH = "/grpc.health.v1.Health"


async def refusal(call) -> tuple[aio.AioRpcError, status_pb2.Status | None]:
    """The error of a refused call, with its details if it has any."""
    with pytest.raises(aio.AioRpcError) as refused:
        await call
    found = dict(refused.value.trailing_metadata() or ()).get("grpc-status-details-bin")
    return refused.value, None if found is None else status_pb2.Status.FromString(found)


def retry_info(status: status_pb2.Status) -> bool:
    return any(detail.Is(error_details_pb2.RetryInfo.DESCRIPTOR) for detail in status.details)


async def test_traces_and_logs_are_stored(service: Service):
    assert await service.export(request("a")) == b""
    assert await service.export(request("b"), LOGS) == b""
    assert service.store.stored(Signal.TRACES) == {request("a"): 1}
    assert service.store.stored(Signal.LOGS) == {request("b"): 1}
    assert (
        service.sample("spanbridge_requests_total", signal="logs", transport="grpc", outcome="ok")
        == 1
    )
    assert service.sample("spanbridge_accepted_bytes_total", signal="traces") == len(request("a"))


@pytest.mark.parametrize("way", list(grpc.Compression))
async def test_compression(service: Service, way: grpc.Compression):
    for size in (0, 100, 500_000):
        await service.export(request(f"{way}{size}", size), compression=way)
    stored = {request(f"{way}{size}", size) for size in (0, 100, 500_000)}
    assert set(service.store.stored()) == stored


async def test_an_empty_request_is_ok(service: Service):
    for way in grpc.Compression:
        assert await service.export(b"", compression=way) == b""
    assert not service.store.attempts


@pytest.mark.parametrize("body", [b"\x0a\x05abc", b"\xff\xff\xff", b"{}", b"\x1f\x8b", b"x" * 99])
async def test_what_is_malformed_is_an_invalid_argument(service: Service, body: bytes):
    error, status = await refusal(service.export(body))
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert status.details[0].Is(error_details_pb2.BadRequest.DESCRIPTOR)
    assert await service.export(request("next")) == b""


@settings(max_examples=5, deadline=None)
@given(bodies=st.lists(st.binary(max_size=200), min_size=20, max_size=60))
def test_random_bytes_are_answered(bodies: list[bytes]):
    async def send() -> None:
        async with running(MemoryStore()) as service:
            answers = await asyncio.gather(*map(service.export, bodies), return_exceptions=True)
            for answer in answers:
                assert answer == b"" or answer.code() is grpc.StatusCode.INVALID_ARGUMENT
            await service.export(request("still there"))

    asyncio.run(send())


async def test_too_large_is_final_and_spares_the_neighbours(service: Service):
    service.store.hold()
    neighbour = asyncio.create_task(service.export(request("neighbour")))
    await until(lambda: service.store.attempts)
    noise = random.Random(1).randbytes(2 * REQUEST_LIMIT)
    for body in (bytes(REQUEST_LIMIT + 1), noise):
        for way in (grpc.Compression.NoCompression, grpc.Compression.Gzip):
            error, status = await refusal(service.export(body, compression=way))
            assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
            assert status is None or not retry_info(status)
    service.store.let_go()
    assert await neighbour == b""


@pytest.mark.parametrize("way", [grpc.Compression.Gzip, grpc.Compression.Deflate])
async def test_a_bomb_is_refused(service: Service, way: grpc.Compression):
    error, status = await refusal(service.export(bytes(50_000_000), compression=way))
    assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert "inflates" in error.details()
    assert not retry_info(status)
    assert not service.store.attempts


async def test_a_request_of_exactly_the_limit_is_taken(service: Service):
    overhead = len(request("", 100_000)) - 100_000
    body = request("", REQUEST_LIMIT - overhead)
    assert len(body) == REQUEST_LIMIT
    assert await service.export(body) == b""


async def test_metrics_are_unimplemented_with_a_reason(service: Service):
    error, status = await refusal(service.export(b"", METRICS))
    assert error.code() is grpc.StatusCode.UNIMPLEMENTED
    assert "metrics are not stored" in error.details() == status.message


async def test_one_bad_request_of_64_is_refused_alone(service: Service):
    bodies = [request(f"r{i}") for i in range(64)]
    bodies[41] = request("bad " + POISON.decode())
    answers = await asyncio.gather(*map(service.export, bodies), return_exceptions=True)
    bad = answers.pop(41)
    assert bad.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert answers == [b""] * 63
    del bodies[41]
    assert service.store.stored() == dict.fromkeys(bodies, 1)


@pytest.mark.parametrize(
    ("method", "kind", "field"),
    [
        (TRACES, ExportTraceServiceResponse, "rejected_spans"),
        (LOGS, ExportLogsServiceResponse, "rejected_log_records"),
    ],
)
async def test_rejected_records_are_a_partial_success(service: Service, method, kind, field):
    answer = kind.FromString(await service.export(request(REJECT.decode() * 2), method))
    assert getattr(answer.partial_success, field) == 2
    assert "bad_id (2)" in answer.partial_success.error_message


async def test_a_full_queue_asks_to_slow_down(store: MemoryStore):
    async with running(store, CommitLimits(queue_requests=1)) as service:
        store.hold()
        first = asyncio.create_task(service.export(request("first")))
        await until(lambda: store.attempts)
        error, status = await refusal(service.export(request("second")))
        assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert retry_info(status)
        store.let_go()
        assert await first == b""


async def test_a_store_that_is_away_is_unavailable_and_comes_back(service: Service):
    service.store.away = True
    for _ in range(2):
        error, status = await refusal(service.export(request("kept")))
        assert error.code() is grpc.StatusCode.UNAVAILABLE
        assert retry_info(status)
    service.store.away = False
    await until(lambda: service.committer.ready)
    assert await service.export(request("kept")) == b""
    assert service.store.stored() == {request("kept"): 1}


async def test_the_experiment_rides_beside_the_bytes(service: Service):
    await service.export(request("a"), metadata=[("x-mlflow-experiment-id", "7"), ("x-other", "1")])
    assert service.store.batches[0].request_attributes == {"mlflow.experimentId": "7"}
    error, _ = await refusal(
        service.export(request("b"), metadata=[("x-mlflow-experiment-id", "7" * 257)])
    )
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT


async def test_a_client_that_gives_up_loses_nothing(service: Service):
    service.store.hold()
    call = asyncio.create_task(service.export(request("a")))
    await until(lambda: service.store.attempts)
    call.cancel()
    await asyncio.wait({call})
    service.store.let_go()
    assert await service.export(request("a")) == b""
    assert service.store.stored() == {request("a"): 1}
    labels = {"signal": "traces", "transport": "grpc", "outcome": "cancelled"}
    await until(lambda: service.sample("spanbridge_requests_total", **labels) == 1)


async def test_a_hundred_clients_at_one_time(service: Service):
    async def client(number: int) -> None:
        address = str(service.receiver.grpc_address)
        options = [("grpc.use_local_subchannel_pool", 1)]
        async with aio.insecure_channel(address, options=options) as channel:
            for i in range(3):
                assert await channel.unary_unary(TRACES)(request(f"{number}/{i}", 2000)) == b""

    await asyncio.gather(*map(client, range(100)))
    assert service.store.stored() == {
        request(f"{number}/{i}", 2000): 1 for number in range(100) for i in range(3)
    }
    assert len(service.store.batches) < 200


async def test_a_burst_on_a_new_connection(service: Service):
    bodies = [request(f"r{i}") for i in range(500)]
    assert await asyncio.gather(*map(service.export, bodies)) == [b""] * 500
    assert sum(service.store.stored().values()) == 500


async def test_many_frames_compressed_are_counted_after_inflation(service: Service):
    body = b"".join(request(f"r{i}") for i in range(500))
    await service.export(gzip.compress(body))
    assert service.store.batches[0].resource_counts == (500,)


async def test_health(service: Service):
    check = service.channel.unary_unary(f"{HEALTH}/Check")
    name = TRACES.split("/")[1].encode()
    assert await check(b"") == b"\x08\x01"
    assert await check(b"\x0a" + bytes([len(name)]) + name) == b"\x08\x01"
    for unknown in (b"\x0a\x03abc", b"\x0a", b"garbage"):
        error, _ = await refusal(check(unknown))
        assert error.code() is grpc.StatusCode.NOT_FOUND
    service.store.away = True
    assert await check(b"") == b"\x08\x02"


async def test_watchers_are_told_and_do_not_delay_a_stop(store: MemoryStore):
    async with running(store) as service:
        watch = service.channel.unary_stream(f"{HEALTH}/Watch")(b"")
        unknown = service.channel.unary_stream(f"{HEALTH}/Watch")(b"\x0a\x03abc")
        assert await watch.read() == b"\x08\x01"
        assert await unknown.read() == b"\x08\x03"
        started = asyncio.get_running_loop().time()
        await service.receiver.stop()
        assert asyncio.get_running_loop().time() - started < 2
        assert await watch.read() == b"\x08\x02"
        assert await watch.read() is aio.EOF
