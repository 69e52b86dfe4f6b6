"""The forwarding worker as a program. The service starts it; it is of no use by hand."""

from __future__ import annotations

import asyncio
import os
import signal
import sys

from spanbridge_ingest.cli import logs
from spanbridge_ingest.forward.frames import read_options
from spanbridge_ingest.forward.pipeline import Translate, is_translating
from spanbridge_ingest.forward.records import Logs, Traces
from spanbridge_ingest.forward.worker import work

_NICENESS = 5
"""When there is not enough processor for both, the ingest goes first."""


def main() -> None:
    """Work until the service says stop or is gone."""
    for number in (signal.SIGTERM, signal.SIGINT):
        # A supervisor may signal the whole group; the service decides when this ends.
        signal.signal(number, signal.SIG_IGN)
    os.nice(_NICENESS)
    # What a library prints must not get among the reports.
    reports = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    options = read_options(sys.stdin.buffer)
    logs.configure(options.log_level)
    translate = _translator(options.dialect) if is_translating(options) else None
    asyncio.run(work(sys.stdin.buffer, reports, options, translate))


def _translator(dialect: str) -> Translate:
    from spanbridge_ingest.retranslate import translate_request
    from spanbridge_semconv.emit import UsageMemory

    memory = UsageMemory()

    def translate(request: Traces, context: list[Logs]) -> Traces:
        return translate_request(request, dialect, logs=context, memory=memory)

    return translate


if __name__ == "__main__":
    main()
