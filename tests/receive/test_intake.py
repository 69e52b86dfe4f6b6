"""What one request may cost before it reaches the committer."""

from __future__ import annotations

import asyncio
import gzip
import json
import threading

import pytest

from spanbridge_ingest.cli.wiring import receiver_options
from spanbridge_ingest.errors import BusyError, InvalidRequestError, TooLargeError
from spanbridge_ingest.receive import intake as module
from spanbridge_ingest.receive.encoding import Encoding
from spanbridge_ingest.receive.intake import ByteBudget, Intake, IntakeLimits, Transport
from spanbridge_ingest.settings import Settings
from spanbridge_ingest.store.base import Signal
from spanbridge_ingest.telemetry import Telemetry
from tests.commit.memory_store import request


class Accepting:
    """A committer that stores everything at once."""

    ready = True

    async def check(self) -> None:
        pass

    async def submit(self, signal, payload, resource_count, request_attributes):
        return {}


@pytest.fixture
def make_intake():
    made: list[Intake] = []

    def make(**limits: int) -> Intake:
        made.append(Intake(Accepting(), Telemetry(), IntakeLimits(**limits)))
        return made[-1]

    yield make
    for intake in made:
        intake.close()


async def submit(
    intake: Intake,
    body: bytes,
    encoding: Encoding = Encoding.IDENTITY,
    transport: Transport = Transport.HTTP_PROTOBUF,
):
    return await intake.submit(Signal.TRACES, transport, body, encoding, {})


async def test_large_bodies_are_scanned_beside_the_loop(make_intake, monkeypatch):
    where: dict[int, threading.Thread] = {}
    check = module.check_frames

    def noted(body: bytes):
        where[len(body)] = threading.current_thread()
        return check(body)

    monkeypatch.setattr(module, "check_frames", noted)
    small, large = request("a", 1000), request("b", 1 << 20)
    intake = make_intake()
    await submit(intake, small)
    await submit(intake, large)
    assert where[len(small)] is threading.main_thread()
    assert where[len(large)] is not threading.main_thread()
    assert intake.budget.held == 0


async def test_bodies_that_wait_for_the_scan_are_counted(make_intake):
    intake = make_intake(receiving_bytes=3 << 20)
    bodies = [request(str(i), 1 << 20) for i in range(5)]
    answers = await asyncio.gather(*(submit(intake, b) for b in bodies), return_exceptions=True)
    assert answers[:2] == [{}] * 2
    assert isinstance(answers[4], BusyError)
    assert intake.budget.held == 0


@pytest.mark.parametrize("level", [9, 0])
async def test_a_compressed_body_counts_with_what_it_inflates_to(make_intake, level: int):
    content = request("a", 900_000)
    body = gzip.compress(content, level)
    # The small one is inflated on the loop and does not wait beside what comes out of it.
    room = len(content) + (len(body) if level == 0 else 0)
    tight, roomy = make_intake(receiving_bytes=room - 1), make_intake(receiving_bytes=room)
    with pytest.raises(BusyError):
        await submit(tight, body, Encoding.GZIP)
    assert await submit(roomy, body, Encoding.GZIP) == {}
    assert tight.budget.held == roomy.budget.held == 0


def test_the_largest_request_fits_into_the_budget_compressed():
    settings = Settings(max_request_bytes=200 << 20)
    assert receiver_options(settings).intake == IntakeLimits(200 << 20, 400 << 20)
    assert receiver_options(Settings()).intake == IntakeLimits()


def test_a_budget_is_exact_from_any_thread():
    budget = ByteBudget(1 << 40)

    def use() -> None:
        for _ in range(2000):
            budget.take(3)
            budget.give_back(2)

    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert budget.held == 8000


async def test_foreign_fields_do_not_keep_the_service_busy(make_intake):
    loop = asyncio.get_running_loop()
    started = loop.time()
    with pytest.raises(InvalidRequestError, match="more than 4096 fields"):
        await submit(make_intake(), b"\x10\x00" * (1 << 20))
    assert loop.time() - started < 1.0


async def test_tiny_messages_are_refused_however_they_come(make_intake):
    scopes = b"\x12\x00" * (1 << 20)
    body = b"\x0a" + bytes([0x80, 0x80, 0x80, 0x01]) + scopes
    text = json.dumps({"resourceSpans": [{"scopeSpans": [{}] * (1 << 20)}]}).encode()
    intake = make_intake()
    for sent, encoding, transport in [
        (body, Encoding.IDENTITY, Transport.GRPC),
        (gzip.compress(body), Encoding.GZIP, Transport.GRPC),
        (text, Encoding.IDENTITY, Transport.HTTP_JSON),
    ]:
        with pytest.raises(TooLargeError, match="too many for its"):
            await submit(intake, sent, encoding, transport)
