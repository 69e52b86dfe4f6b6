"""``spanbridge serve``: the composition root. Settings in, a running service out."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import partial
from typing import NoReturn

from rich.console import Console

from spanbridge_ingest.cli import logs, service_info
from spanbridge_ingest.cli.app import EXIT_FAILED
from spanbridge_ingest.cli.forwarding import forwarding
from spanbridge_ingest.cli.front import clickhouse_front
from spanbridge_ingest.cli.jaeger import READ_THREADS, jaeger_storage
from spanbridge_ingest.cli.output import console
from spanbridge_ingest.cli.wiring import commit_limits, open_settings_store, receiver_options
from spanbridge_ingest.commit.committer import Committer
from spanbridge_ingest.commit.upkeep import Upkeep
from spanbridge_ingest.errors import ConfigError
from spanbridge_ingest.forward.loops import refuse_loop
from spanbridge_ingest.jaeger.http_api import create_jaeger_app
from spanbridge_ingest.prices.rates import RateKeeper
from spanbridge_ingest.query.api import create_app
from spanbridge_ingest.query.gate import Gate
from spanbridge_ingest.receive.listen import check_free
from spanbridge_ingest.receive.server import Receiver
from spanbridge_ingest.settings import Settings
from spanbridge_ingest.store import ClickHouseStore
from spanbridge_ingest.store.calls import CallKeeper
from spanbridge_ingest.store.edits import TraceEdits
from spanbridge_ingest.telemetry import Telemetry
from spanbridge_ingest.values import Address

_log = logging.getLogger(__name__)

EXIT_ABANDONED = 3
"""The stop's deadline passed before everything that was accepted was stored."""
EXIT_FORCED = 130
_SAME_SIGNAL_S = 1.0
"""A signal that soon after the first is the same one, sent twice."""
_LAST_WRITES_S = 0.5
"""What the committer gets at least when the receiver has used up the stop's deadline."""
_RATES_EVERY_S = 30.0
"""How long spans of a model that nobody named before may stay without a cost in SQL."""
_CALLS_SHARE = 0.5
"""Of the time between two looks: how long finding model calls may go on before it rests."""
_QUIET_S = 1.0
"""How long opening the store may take before that is said."""
_LAST_STEPS_S = 5.0
"""How long closing the store and ending the threads may take when everything is stored."""


def run(settings: Settings) -> None:
    """Serve until a signal stops it.

    Raises:
        ConfigError: there is nothing to serve, an address or directory is taken, or what is
            passed on would come back.
        StoreError: the store cannot be opened.
    """
    if settings.grpc is None and settings.http is None:
        raise ConfigError("Both --grpc and --http are off; there is nothing to serve.")
    if settings.forward is not None:
        refuse_loop(settings.forward, [settings.grpc, settings.http])
    logs.configure(settings.log_level)
    asyncio.run(_serve(settings, console()))


async def _serve(settings: Settings, output: Console) -> None:
    """Run until a signal; end the process when the store does not let it end in order."""
    stop = _stop_on_signals()
    store = await _opened(settings, output)
    try:
        telemetry = Telemetry()
        async with forwarding(settings, telemetry) as on_stored:
            limits = commit_limits(settings)
            committer = Committer(store, limits, telemetry, on_stored=on_stored)
            await committer.start()
            stopped_at = time.monotonic()
            try:
                editor = TraceEdits(store.engine, store.database)
                gate = Gate(READ_THREADS)
                mounts = {
                    "/api": create_app(store, editor),
                    "/jaeger": create_jaeger_app(store, gate),
                }
                options = receiver_options(settings)
                async with (
                    clickhouse_front(settings, store.engine) as front,
                    jaeger_storage(settings.jaeger, store, gate, committer) as jaeger,
                    Receiver(committer, telemetry, options, mounts) as receiver,
                ):
                    async with (
                        _rates_kept(store, committer),
                        _calls_kept(settings, store, committer),
                    ):
                        with _noted(settings, receiver):
                            _print_welcome(output, settings, receiver, front, jaeger)
                            await stop.wait()
                    stopped_at = time.monotonic()
                    output.print("Stopping; finishing what was accepted.")
            finally:
                left_s = settings.shutdown_deadline_s - (time.monotonic() - stopped_at)
                report = await committer.close(max(left_s, _LAST_WRITES_S))
                if report.abandoned_requests:
                    # A write hangs. Closing the store, the loop and the interpreter would wait
                    # for it.
                    _leave(EXIT_ABANDONED)
    except BaseException as error:
        _leave_after(_LAST_STEPS_S, error)
        raise
    else:
        _leave_after(_LAST_STEPS_S)
    finally:
        await asyncio.to_thread(store.close)
    if not store.engine.idle:
        # What runs is cancelled and takes no notice yet: threads would wait for that.
        _leave(0)


async def _opened(settings: Settings, output: Console) -> ClickHouseStore:
    """The store; says that it is being opened when that takes a moment."""
    for address in (settings.grpc, settings.http, settings.jaeger, settings.clickhouse_http):
        if address is not None:
            # Opening a store takes seconds; who has made a mistake should not wait for it.
            check_free(address)
    opening = asyncio.create_task(asyncio.to_thread(open_settings_store, settings))
    await asyncio.wait({opening}, timeout=_QUIET_S)
    if not opening.done():
        where = settings.clickhouse or settings.store
        output.print(f"Opening the store: {where}", soft_wrap=True)
        output.file.flush()
    return await opening


@asynccontextmanager
async def _rates_kept(store: ClickHouseStore, committer: Committer) -> AsyncIterator[None]:
    """Give models prices in SQL as they turn up, in the background."""
    upkeep = Upkeep(RateKeeper(store).refresh, _RATES_EVERY_S, lambda: committer.ready)
    upkeep.start(at_once=True)
    try:
        yield
    finally:
        await upkeep.stop()


@asynccontextmanager
async def _calls_kept(
    settings: Settings, store: ClickHouseStore, committer: Committer
) -> AsyncIterator[None]:
    """Judge model calls as they arrive, in the background, and by and by those from before."""
    every_s = settings.calls_every_s
    if not every_s:
        yield
        return
    keeper = CallKeeper(store.engine, store.database)
    work = partial(keeper.run, every_s * _CALLS_SHARE)
    upkeep = Upkeep(work, every_s, lambda: committer.ready)
    upkeep.start()
    try:
        yield
    finally:
        keeper.stop()
        await upkeep.stop()


def _leave(code: int) -> NoReturn:
    """End the process now. The store bears it: it has to bear a kill."""
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # a pipe that nobody reads any more
            stream.flush()
    os._exit(code)


def _leave_after(seconds: float, error: BaseException | None = None) -> None:
    """End the process if it is still there then: something waits for a store that is silent.

    Nothing is lost by that, everything accepted has been answered. ``error`` is what made it stop,
    which nobody would hear of otherwise.
    """

    def leave() -> None:
        if error is not None:
            _log.error("stopped by an error: %s", error)
        _log.warning("the store could not be closed within %g s; leaving it", seconds)
        _leave(0 if error is None else EXIT_FAILED)

    timer = threading.Timer(seconds, leave)
    timer.daemon = True
    timer.start()


def _stop_on_signals() -> asyncio.Event:
    """An event that the first SIGTERM or SIGINT sets; a later one ends the process at once.

    Supervisors may send the same signal twice in a row, to the process and to its group: what
    comes right after the first is taken for the same.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    first_at = 0.0

    def received() -> None:
        nonlocal first_at
        if stop.is_set() and loop.time() - first_at > _SAME_SIGNAL_S:
            os._exit(EXIT_FORCED)
        if not stop.is_set():
            first_at = loop.time()
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, received)
    return stop


@contextmanager
def _noted(settings: Settings, receiver: Receiver) -> Iterator[None]:
    """Leave word in the store's directory, so that other commands find this service."""
    if settings.clickhouse is not None:
        yield
        return
    grpc, http = receiver.grpc_address, receiver.http_address
    info = service_info.ServiceInfo(
        os.getpid(), None if grpc is None else str(grpc), None if http is None else str(http)
    )
    service_info.write(settings.store, info)
    try:
        yield
    finally:
        service_info.remove(settings.store)


def _print_welcome(
    output: Console,
    settings: Settings,
    receiver: Receiver,
    front: Address | None,
    jaeger: Address | None,
) -> None:
    grpc, http = receiver.grpc_address, receiver.http_address
    lines = {"store": str(settings.clickhouse or settings.store)}
    if grpc is not None:
        lines["OTLP/gRPC"] = str(grpc)
    if http is not None:
        lines["OTLP/HTTP"] = f"http://{http}/v1/traces"
        lines["API"] = f"http://{http}/api/traces"
    if front is not None:
        lines["ClickHouse"] = f"http://{front} (read-only)"
    if jaeger is not None:
        lines["Jaeger"] = f"{jaeger} (remote storage, gRPC)"
    if settings.forward is not None:
        lines["forwards to"] = f"{settings.forward} (dialect: {settings.forward_dialect})"
    # Which protocol an SDK speaks by itself differs, so it is named.
    endpoint = service_info.reachable(str(http or grpc))
    protocol = "grpc" if http is None else "http/protobuf"
    lines["send traces"] = f"OTEL_EXPORTER_OTLP_ENDPOINT=http://{endpoint}"
    lines["send traces"] += f" OTEL_EXPORTER_OTLP_PROTOCOL={protocol}"
    output.print("spanbridge is ready. Ctrl-C stops it.")
    for title, text in lines.items():
        output.print(f"  {title:<11} {text}", soft_wrap=True)
    output.file.flush()
