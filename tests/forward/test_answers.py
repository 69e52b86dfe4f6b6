"""Answers that no sound destination gives: endless, slow, undecodable, absurd."""

from __future__ import annotations

import asyncio
import gzip
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import pytest

from spanbridge_ingest.forward.answers import Refused
from spanbridge_ingest.forward.grpc_client import GrpcClient
from spanbridge_ingest.forward.http_client import HttpClient
from spanbridge_ingest.forward.options import ForwardLimits
from spanbridge_ingest.store.base import Signal
from spanbridge_ingest.values import OtlpUrl
from tests.forward.destinations import Say, grpc_destination, http_destination
from tests.forward.passing import passing
from tests.support import otlp

Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"


@dataclass
class Raw:
    """Answers requests byte by byte."""

    answers: list[Answer | bytes]
    """One for each request; after that all is taken."""
    heads: list[bytes] = field(default_factory=list)
    """Of the requests that came."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                size = int(head.partition(b"content-length: ")[2].split()[0])
                await reader.readexactly(size)
                self.heads.append(head)
                answer = self.answers.pop(0) if self.answers else OK
                if isinstance(answer, bytes):
                    writer.write(answer)
                else:
                    await answer(writer)
        writer.close()


@asynccontextmanager
async def raw(*answers: Answer | bytes) -> AsyncIterator[tuple[OtlpUrl, Raw]]:
    destination = Raw(list(answers))
    server = await asyncio.start_server(destination.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield OtlpUrl("http", "127.0.0.1", port, "/v1/traces"), destination
    finally:
        server.close()


def dripping(status: bytes) -> Answer:
    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 " + status + b"\r\ncontent-length: 100000\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.05)

    return drip


async def drip_head(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while not writer.is_closing():
        writer.write(b"x: y\r\n")
        await writer.drain()
        await asyncio.sleep(0.05)


IMPATIENT = ForwardLimits(
    attempt_s=0.4, retry_s=10, flush_s=2, backoff_first_s=0.02, backoff_most_s=0.1
)


@pytest.mark.parametrize(
    ("answer", "attempts", "lost"),
    [
        (dripping(b"503 Later"), 2, {}),
        (dripping(b"403 No"), 1, {"refused": 1}),
        (dripping(b"200 OK"), 1, {}),
        (drip_head, 2, {}),
    ],
)
async def test_an_answer_that_drips_takes_no_longer_than_an_attempt(
    answer: Answer, attempts: int, lost: dict[str, int]
) -> None:
    async with raw(answer) as (url, destination), passing(url, limits=IMPATIENT) as through:
        started = time.monotonic()
        await through.until_done(through.give(otlp.traces("a")))
        assert time.monotonic() - started < 3
        assert through.dropped == lost
        assert len(destination.heads) == attempts


async def test_no_attempt_outlasts_the_time_of_its_batch() -> None:
    limits = ForwardLimits(attempt_s=60, retry_s=0.3, flush_s=2)
    async with raw(drip_head) as (url, _), passing(url, limits=limits) as through:
        started = time.monotonic()
        await through.until_done(through.give(otlp.traces("a")))
        assert time.monotonic() - started < 3
    assert through.dropped == {"expired": 1}


@pytest.mark.parametrize(("status", "lost"), [(b"400 No", {"refused": 1}), (b"200 OK", {})])
async def test_an_endless_answer_is_not_read(status: bytes, lost: dict[str, int]) -> None:
    written = 0

    async def flood(writer: asyncio.StreamWriter) -> None:
        nonlocal written
        writer.write(b"HTTP/1.1 " + status + b"\r\ntransfer-encoding: chunked\r\n\r\n")
        while written < 100 << 20:
            writer.write(b"%x\r\n" % (1 << 16) + bytes(1 << 16) + b"\r\n")
            await writer.drain()
            written += 1 << 16

    async with raw(flood) as (url, destination), passing(url) as through:
        await through.until_done(through.give(otlp.traces("a")))
    assert through.dropped == lost
    assert written < 30 << 20  # what the sockets hold
    assert len(destination.heads) == 1


async def test_no_answer_is_unpacked(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", "spanbridge_ingest")
    bomb = gzip.compress(b"bomb" * (1 << 20), 9)
    answer = b"HTTP/1.1 403 No\r\ncontent-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % len(bomb)
    async with raw(answer + bomb) as (url, destination), passing(url) as through:
        await through.until_done(through.give(otlp.traces("a")))
    assert through.dropped == {"refused": 1}
    assert b"\r\naccept-encoding: identity\r\n" in destination.heads[0]
    assert "bomb" not in caplog.text


@pytest.mark.parametrize(
    "rest",
    [
        b"content-encoding: gzip\r\ncontent-length: 7\r\n\r\ngarbage",
        b"content-type: application/x-protobuf\r\ncontent-length: 7\r\n\r\ngarbage",
        b"transfer-encoding: chunked\r\n\r\nnonsense\r\n",
        b"content-length: 10\r\nconnection: close\r\n\r\nshort",
    ],
)
async def test_what_was_taken_is_not_sent_again_whatever_the_body_is(rest: bytes) -> None:
    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n" + rest)
        await writer.drain()
        writer.close()

    async with raw(answer) as (url, destination), passing(url) as through:
        await through.until_done(through.give(otlp.traces("a")))
    assert len(destination.heads) == 1
    assert through.total.delivered == {"traces": 1}


@pytest.mark.parametrize(
    ("serve", "asked"),
    [
        (http_destination, "0"),
        (http_destination, "-1"),
        (http_destination, "9" * 400),
        (http_destination, "Mon, 01 Jan 2024 00:00:00 GMT"),
        (http_destination, "Mon, 01 Jan 2024 00:00:00 +99999999999999999999"),
        (http_destination, "Mon, 01 Jan 99999 00:00:00 GMT"),
        (http_destination, "Mon, 01 Jan 0001 00:00:00 +2359"),
        (grpc_destination, "0"),
        (grpc_destination, "-5"),
    ],
)
async def test_absurd_wishes_for_a_pause_leave_our_own(serve, asked: str) -> None:
    limits = ForwardLimits(retry_s=1.0, backoff_first_s=0.1, backoff_most_s=0.1)
    with serve() as (url, destination):
        destination.always = Say(503 if serve is http_destination else "UNAVAILABLE", asked)
        async with passing(url, limits=limits) as through:
            await through.until_done(through.give(otlp.traces("a")))
    assert through.dropped == {"expired": 1}
    assert 4 < len(destination.attempts) < 22


@pytest.mark.parametrize("kind", [GrpcClient, HttpClient])
async def test_a_fault_of_our_own_is_an_answer_too(kind) -> None:
    scheme = "otlp" if kind is GrpcClient else "http"
    client = kind(OtlpUrl(scheme, "127.0.0.1", 1, "/v1/traces" if scheme == "http" else ""))
    await client.close()
    answer = await client.send(Signal.TRACES, b"", {}, 1.0)
    assert isinstance(answer, Refused)
    assert answer.reason.startswith("unexpected ")
