"""The process that passes on: frames in, reports out.

It is a process and not a thread because translating is Python at full load, and the event loop that
answers the senders would wait for the interpreter's lock.
"""

from __future__ import annotations

import asyncio
import threading
from typing import BinaryIO

from spanbridge_ingest.forward.frames import Report, Stored, read_frame, write_all
from spanbridge_ingest.forward.grpc_client import GrpcClient
from spanbridge_ingest.forward.http_client import HttpClient
from spanbridge_ingest.forward.options import ForwardOptions
from spanbridge_ingest.forward.pipeline import Pipeline, Translate


async def work(
    frames: BinaryIO, reports: int, options: ForwardOptions, translate: Translate | None
) -> None:
    """Pass on what ``frames`` brings until it says stop, or ends because the service is gone.

    Args:
        frames: Requests and a stop; the options have been read from it.
        reports: The descriptor that reports are written to.
        options: Where to and how.
        translate: See :class:`Pipeline`.
    """

    def emit(report: Report) -> None:
        try:
            write_all(reports, [report.encode()])
        except BrokenPipeError:
            return  # the service is gone; what was accepted is still delivered

    destination = options.destination
    client = GrpcClient(destination) if destination.is_grpc else HttpClient(destination)
    pipeline = Pipeline(options, client, translate, emit)
    loop = asyncio.get_running_loop()

    def read() -> None:
        while isinstance(frame := read_frame(frames), Stored):
            loop.call_soon_threadsafe(pipeline.take, frame)
        deadline_s = options.limits.flush_s if frame is None else frame
        loop.call_soon_threadsafe(pipeline.stop, deadline_s)

    running = asyncio.create_task(pipeline.run())
    await asyncio.sleep(0)
    threading.Thread(target=read, name="spanbridge-frames", daemon=True).start()
    try:
        await running
    finally:
        await client.close()
