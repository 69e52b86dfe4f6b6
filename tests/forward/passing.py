"""A pipeline in the test's own event loop, with a real client."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from spanbridge_ingest.forward.frames import Facts, Report, Stored
from spanbridge_ingest.forward.grpc_client import GrpcClient
from spanbridge_ingest.forward.http_client import HttpClient
from spanbridge_ingest.forward.options import ForwardLimits, ForwardOptions
from spanbridge_ingest.forward.pipeline import Pipeline, Translate
from spanbridge_ingest.forward.records import Request, Traces
from spanbridge_ingest.store.base import Signal
from spanbridge_ingest.values import Headers, OtlpUrl

QUICK = ForwardLimits(
    settle_s=0.1,
    settle_most_s=0.5,
    retry_s=20.0,
    flush_s=2.0,
    backoff_first_s=0.02,
    backoff_most_s=0.1,
)


class Passing:
    """Gives requests to a pipeline and sums up its reports."""

    def __init__(self, pipeline: Pipeline) -> None:
        self.pipeline = pipeline
        self.total = Report()
        self._numbers = itertools.count(1)

    def give(self, request: Request | bytes, facts: Facts = ()) -> int:
        """Hand a request over; its number."""
        number = next(self._numbers)
        logs = not isinstance(request, (Traces, bytes))
        signal = Signal.LOGS if logs else Signal.TRACES
        payload = request if isinstance(request, bytes) else request.SerializeToString()
        self.pipeline.take(Stored(number, signal, facts, payload))
        return number

    def add(self, report: Report) -> None:
        """Sum up."""
        self.total.done += report.done
        self.total.undecodable += report.undecodable
        self.total.delivered += report.delivered
        self.total.dropped += report.dropped
        self.total.retries += report.retries
        self.total.untranslated += report.untranslated

    @property
    def dropped(self) -> dict[str, int]:
        """Records not delivered, by reason."""
        by_reason: Counter[str] = Counter()
        for name, records in self.total.dropped.items():
            by_reason[name.partition(":")[2]] += records
        return dict(by_reason)

    async def until(self, condition: Callable[[], object], timeout_s: float = 60.0) -> None:
        """Wait for a condition."""
        deadline = time.monotonic() + timeout_s
        while not condition():
            assert time.monotonic() < deadline, f"it never happened: {self.total}"
            await asyncio.sleep(0.005)

    async def until_done(self, *numbers: int) -> None:
        """Wait until the worker holds nothing of these requests."""
        await self.until(lambda: set(numbers) <= set(self.total.done))


@asynccontextmanager
async def passing(
    destination: OtlpUrl,
    translate: Translate | None = None,
    limits: ForwardLimits = QUICK,
    headers: tuple[tuple[str, str], ...] = (),
) -> AsyncIterator[Passing]:
    """A pipeline that runs until the block ends, and then is done with everything."""
    options = ForwardOptions(
        destination,
        "otel" if translate else "none",
        Headers(headers),
        {"mlflow.experimentId": "x-mlflow-experiment-id"},
        limits,
    )
    client = GrpcClient(destination) if destination.is_grpc else HttpClient(destination)
    found: list[Passing] = []
    pipeline = Pipeline(options, client, translate, lambda report: found[0].add(report))
    found.append(Passing(pipeline))
    running = asyncio.create_task(pipeline.run())
    await asyncio.sleep(0)
    try:
        yield found[0]
        pipeline.stop(limits.flush_s)
        await running
    finally:
        running.cancel()
        await client.close()
