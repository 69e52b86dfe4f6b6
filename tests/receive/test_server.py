from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from importlib.metadata import version

import httpx
import pytest
from grpc import aio
from starlette.responses import PlainTextResponse
from starlette.routing import Route, Router

from spanbridge_ingest.errors import ConfigError
from spanbridge_ingest.hosts import is_loopback
from spanbridge_ingest.receive.server import Receiver, ReceiverOptions
from spanbridge_ingest.telemetry import Telemetry
from spanbridge_ingest.values import Address
from tests.commit.memory_store import MemoryStore, request
from tests.commit.test_committer import until
from tests.receive.conftest import ANY_PORT, TRACES, running


@pytest.mark.parametrize("which", ["grpc", "http"])
async def test_a_taken_port_is_a_clear_refusal_and_leaves_nothing_behind(store, which: str):
    async with running(store) as service:
        addresses = {"grpc": ANY_PORT, "http": ANY_PORT}
        taken = getattr(service.receiver, f"{which}_address")
        options = ReceiverOptions(**{**addresses, which: taken})
        with pytest.raises(ConfigError, match=f"{taken}: another program listens"):
            await Receiver(service.committer, Telemetry(), options).start()
        assert await service.export(request("still served")) == b""


async def test_a_port_held_by_anybody_is_taken_for_both(store: MemoryStore):
    with socket.create_server(("127.0.0.1", 0)) as other:
        address = Address("127.0.0.1", other.getsockname()[1])
        for which in ("grpc", "http"):
            with pytest.raises(ConfigError):
                async with running(store, **{which: address}):
                    pass


async def test_an_address_that_is_not_here(store: MemoryStore):
    with pytest.raises(ConfigError, match="no such address"):
        async with running(store, http=Address("192.0.2.1", 0)):
            pass


async def test_ports_are_free_again_after_a_stop(store: MemoryStore):
    async with running(store) as service:
        await service.export(request("a"))
        grpc_address, http_address = service.receiver.grpc_address, service.receiver.http_address
    async with running(store, grpc=grpc_address, http=http_address) as service:
        await service.export(request("b"))


async def test_ipv6(store: MemoryStore):
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6")
    address = Address("::1", 0)
    async with running(store, grpc=address, http=address) as service:
        assert str(service.receiver.http_address).startswith("[::1]:")
        await service.export(request("a"))
        assert (await service.http.get("/healthz")).status_code == 200


@pytest.mark.parametrize("which", ["grpc", "http"])
async def test_one_side_can_be_off(store: MemoryStore, which: str):
    telemetry = Telemetry()
    async with running(store) as service:
        options = ReceiverOptions(**{"grpc": ANY_PORT, "http": ANY_PORT, which: None})
        async with Receiver(service.committer, telemetry, options) as receiver:
            assert getattr(receiver, f"{which}_address") is None
            assert (receiver.grpc_address or receiver.http_address).port > 0


async def test_other_applications_are_mounted_beside(store: MemoryStore):
    async def hello(_request):
        return PlainTextResponse("hello")

    mounts = {"/api": Router([Route("/traces", hello)])}
    async with running(store, mounts=mounts) as service:
        assert (await service.http.get("/api/traces")).text == "hello"
        assert (await service.http.get("/api/other")).status_code == 404
        assert (await service.http.get("/other")).status_code == 404


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:4318", 200),
        ("127.0.0.1", 200),
        ("[::1]:4318", 200),
        ("spanbridge:4318", 200),
        ("host.docker.internal:4318", 200),
        ("pages.example:4318", 403),
        ("127.0.0.1.pages.example", 403),
        ("localhost.example.", 403),
        ("[", 403),
    ],
)
async def test_pages_cannot_read_by_a_name_of_theirs(store: MemoryStore, host: str, status: int):
    mounts = {"/api": PlainTextResponse("read")}
    async with running(store, mounts=mounts) as service:
        answer = await service.http.get("/api/traces", headers={"Host": host})
        assert (answer.status_code, answer.text == "read") == (status, status == 200)
        assert (await service.http.get("/healthz", headers={"Host": host})).status_code == 200


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.1.2.3", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("10.0.0.1", False),
        ("traces.example", False),
    ],
)
def test_names_are_looked_at_where_only_this_machine_listens(host: str, expected: bool):
    assert is_loopback(host) is expected


@pytest.mark.parametrize(
    ("begin", "more"),
    [
        (b"GET /?", b"a"),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nx: ", b"a"),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\n", b"x: y\r\n"),
        (
            b"POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
            b"\r\n0\r\n",
            b"x: y\r\n",
        ),
    ],
    ids=["line", "header", "headers", "trailers"],
)
async def test_a_head_without_end_is_cut_off(store: MemoryStore, begin: bytes, more: bytes):
    async with running(store) as service:
        address = service.receiver.http_address
        reader, writer = await asyncio.open_connection(address.host, address.port)
        writer.write(begin)
        sent = 0
        piece = more * (16_384 // len(more))
        with contextlib.suppress(ConnectionError):
            while not reader.at_eof() and sent < 8 << 20:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(0)
                sent += len(piece)
        assert sent < 8 << 20
        writer.close()
        assert (await service.http.get("/healthz")).status_code == 200


async def test_long_bodies_and_many_requests_are_no_head(store: MemoryStore):
    async with running(store) as service:
        for _ in range(40):
            answer = await service.http.post("/", content=bytes(200_000), headers={"x": "y" * 8000})
            assert answer.status_code == 405


async def test_the_address_itself_says_what_is_where(store: MemoryStore):
    async with running(store) as service:
        await service.export(request("hidden"))
        answer = await service.http.get("/")
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/plain")
        assert answer.text.startswith(f"spanbridge {version('spanbridge')} ")
        assert "/v1/traces" in answer.text
        assert "hidden" not in answer.text
        assert (await service.http.post("/")).status_code == 405
        lost = await service.http.post("/v2/traces")
        assert (lost.status_code, lost.text) == (404, "Not Found; / says what is served where\n")


async def test_a_stop_finishes_what_is_under_way_and_takes_nothing_new(store: MemoryStore):
    async with contextlib.AsyncExitStack() as stack:
        service = await stack.enter_async_context(running(store))
        grpc_address, http_address = service.receiver.grpc_address, service.receiver.http_address
        store.hold()
        under_way = [
            asyncio.create_task(service.export(request("over grpc"))),
            asyncio.create_task(
                service.http.post(
                    "/v1/traces",
                    content=request("over HTTP"),
                    headers={"Content-Type": "application/x-protobuf"},
                )
            ),
        ]
        await until(lambda: service.committer.queued_bytes == 2 * len(request("over grpc")))
        stopping = asyncio.create_task(service.receiver.stop())
        await asyncio.sleep(0.3)
        assert not stopping.done()
        async with aio.insecure_channel(
            str(grpc_address), options=[("grpc.use_local_subchannel_pool", 1)]
        ) as channel:
            with pytest.raises(aio.AioRpcError):
                await channel.unary_unary(TRACES)(request("late"))
        async with httpx.AsyncClient() as late:
            with pytest.raises(httpx.TransportError):
                await late.get(f"http://{http_address}/healthz")
        store.let_go()
        first, second = await asyncio.gather(*under_way)
        assert first == b""
        assert second.status_code == 200
        await stopping
    assert store.stored() == {request("over grpc"): 1, request("over HTTP"): 1}


async def test_a_stop_ends_when_its_deadline_does(store: MemoryStore):
    async with running(store, stop_deadline_s=1.0) as service:
        store.hold()
        waiting = asyncio.create_task(service.export(request("a")))
        await until(lambda: store.attempts)
        loop = asyncio.get_running_loop()
        started = loop.time()
        await service.receiver.stop()
        assert 0.9 < loop.time() - started < 3
        with pytest.raises(aio.AioRpcError):
            await waiting
        store.let_go()
    assert store.stored() == {request("a"): 1}


async def test_signals_stay_the_programs_own(store: MemoryStore):
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    async with running(store):
        assert {number: signal.getsignal(number) for number in before} == before
