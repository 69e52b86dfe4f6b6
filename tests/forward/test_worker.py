"""The worker process, spoken to over its pipes."""

from __future__ import annotations

import subprocess
import sys

import pytest

from spanbridge_ingest.forward.frames import (
    Report,
    Stored,
    options_frame,
    request_frame,
    stop_frame,
)
from spanbridge_ingest.forward.options import ForwardOptions
from spanbridge_ingest.store.base import Signal
from spanbridge_ingest.values import Headers
from tests.forward.destinations import Say, grpc_destination, http_destination
from tests.support import otlp


@pytest.mark.parametrize("serve", [grpc_destination, http_destination])
def test_debugging_shows_neither_secrets_nor_what_the_libraries_would_log(serve) -> None:
    refusal = 401 if serve is http_destination else "UNAUTHENTICATED"
    with serve() as (url, destination):
        # A reason as the header that it came in.
        destination.always = Say(refusal, retry_after="7hunter27" if refusal == 401 else None)
        headers = Headers((("authorization", "hunter2"),))
        options = ForwardOptions(url, headers=headers, log_level="debug")
        stored = Stored(1, Signal.TRACES, (), otlp.traces("a").SerializeToString())
        frames = [*options_frame(options), *request_frame(stored), *stop_frame(5.0)]
        worker = subprocess.run(
            [sys.executable, "-m", "spanbridge_ingest.cli.forward_worker"],
            input=b"".join(frames),
            capture_output=True,
            timeout=120,
            check=True,
        )
    reports = [Report.decode(line) for line in worker.stdout.splitlines()]
    assert [r.dropped["traces:refused"] for r in reports if r.dropped] == [1]
    assert b"check --forward-header" in worker.stderr
    assert b"hunter2" not in worker.stderr
    for library in (b'"httpcore', b'"httpx', b'"grpc'):
        assert library not in worker.stderr
