from __future__ import annotations

import io
import os
import threading
from collections import Counter

import pytest

from spanbridge_ingest.forward import frames
from spanbridge_ingest.forward.options import ForwardOptions
from spanbridge_ingest.store.base import Signal
from spanbridge_ingest.values import Headers, OtlpUrl

OPTIONS = ForwardOptions(
    OtlpUrl("otlps", "there", 4317), "mlflow", Headers((("x-api-key", "hunter2"),))
)
STORED = [
    frames.Stored(1, Signal.TRACES, (), b""),
    frames.Stored(2**40, Signal.LOGS, (("experiment", "7"), ("über", "ß")), b"\0" * 200_000),
]


def test_what_is_written_is_read_however_little_the_pipe_takes() -> None:
    reading, writing = os.pipe()
    parts = [frames.options_frame(OPTIONS), *map(frames.request_frame, STORED)]
    parts += [frames.stop_frame(2.5)]

    def write() -> None:
        for part in parts:
            frames.write_all(writing, part)
        os.close(writing)

    thread = threading.Thread(target=write)
    thread.start()
    with os.fdopen(reading, "rb") as stream:
        assert frames.read_options(stream) == OPTIONS
        assert [frames.read_frame(stream) for _ in STORED] == STORED
        assert frames.read_frame(stream) == 2.5
        assert frames.read_frame(stream) is None
    thread.join()


def test_a_writer_that_dies_within_a_frame_has_said_nothing() -> None:
    whole = b"".join(frames.request_frame(STORED[1]))
    for size in (0, 3, 60, 1000, len(whole) - 1):
        assert frames.read_frame(io.BytesIO(whole[:size])) is None


def test_nobody_reading_is_an_error() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with pytest.raises(BrokenPipeError):
        frames.write_all(writing, [b"x"])
    os.close(writing)


def test_reports_travel_as_lines() -> None:
    report = frames.Report([1, 2], [2], Counter(traces=3), Counter({"logs:refused": 1}), 4, 5)
    line = report.encode()
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert frames.Report.decode(line) == report
    report.clear()
    assert report == frames.Report()


def test_secrets_have_no_text_form() -> None:
    assert "hunter2" not in repr(OPTIONS) + str(OPTIONS) + str(OPTIONS.headers)
