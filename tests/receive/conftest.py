from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest
from grpc import aio

from spanbridge_ingest.commit.committer import Committer
from spanbridge_ingest.commit.limits import CommitLimits
from spanbridge_ingest.receive.http_body import BodyLimits
from spanbridge_ingest.receive.intake import IntakeLimits
from spanbridge_ingest.receive.server import Receiver, ReceiverOptions
from spanbridge_ingest.telemetry import Telemetry
from spanbridge_ingest.values import Address
from tests.commit.memory_store import MemoryStore

ANY_PORT = Address("127.0.0.1", 0)
TRACES = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
LOGS = "/opentelemetry.proto.collector.logs.v1.LogsService/Export"
METRICS = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export"
QUICK = CommitLimits(linger_s=0.001, probe_first_s=0.02, probe_max_s=0.05)
REQUEST_LIMIT = 1 << 20


@dataclass
class Service:
    """A running receiver and what a test needs to talk to it."""

    store: MemoryStore
    committer: Committer
    telemetry: Telemetry
    receiver: Receiver
    channel: aio.Channel
    http: httpx.AsyncClient

    async def export(self, body: bytes, method: str = TRACES, **options) -> bytes:
        return await self.channel.unary_unary(method)(body, **options)

    def sample(self, name: str, **labels: str) -> float:
        return self.telemetry.registry.get_sample_value(name, labels) or 0.0


@contextlib.asynccontextmanager
async def running(
    store: MemoryStore, limits: CommitLimits = QUICK, mounts=None, **options
) -> AsyncIterator[Service]:
    telemetry = Telemetry()
    defaults = {
        "grpc": ANY_PORT,
        "http": ANY_PORT,
        "intake": IntakeLimits(request_bytes=REQUEST_LIMIT),
        "body_limits": BodyLimits(idle_s=0.5, total_s=2.0, drain_s=0.5),
        "stop_deadline_s": 5.0,
    }
    settings = ReceiverOptions(**{**defaults, **options})
    async with (
        Committer(store, limits, telemetry) as committer,
        Receiver(committer, telemetry, settings, mounts) as receiver,
        aio.insecure_channel(
            str(receiver.grpc_address), options=[("grpc.max_send_message_length", -1)]
        ) as channel,
        httpx.AsyncClient(base_url=f"http://{receiver.http_address}", timeout=20) as http,
    ):
        yield Service(store, committer, telemetry, receiver, channel, http)


@pytest.fixture
def store():
    store = MemoryStore()
    yield store
    store.close()


@pytest.fixture
async def service(store: MemoryStore) -> AsyncIterator[Service]:
    async with running(store) as service:
        yield service
