from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from spanbridge_ingest.cli import recordings
from spanbridge_ingest.cli.recordings import Recorded, Unreadable
from spanbridge_ingest.errors import ConfigError
from spanbridge_ingest.receive.framing import Framed
from spanbridge_ingest.store.base import Signal
from tests.support import otlp

LIMIT = 10_000
TRACES = otlp.traces("root", "child")
LOGS = otlp.logs("one", "two", "three")


def read(path: Path, data: bytes, limit: int = LIMIT) -> list[Recorded | Unreadable]:
    path.write_bytes(gzip.compress(data) if path.name.endswith(".gz") else data)
    recordings.check_name(path)
    return list(recordings.read(path, limit))


def only(found: list[Recorded | Unreadable]) -> Recorded:
    (request,) = found
    assert isinstance(request, Recorded)
    return request


def line(message: object) -> bytes:
    return json.dumps(message).encode() + b"\n"


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_protobuf_files_are_traces_or_logs_by_name(tmp_path: Path, suffix: str) -> None:
    traces = only(read(tmp_path / f"a.binpb{suffix}", TRACES.SerializeToString()))
    assert (traces.signal, traces.line) == (Signal.TRACES, None)
    assert traces.framed == Framed(TRACES.SerializeToString(), 1)
    assert recordings.count_records(traces) == 2
    logs = only(read(tmp_path / f"a.LOGS.binpb{suffix}", LOGS.SerializeToString()))
    assert logs.signal is Signal.LOGS
    assert recordings.count_records(logs) == 3


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_a_json_file_is_one_request_however_it_is_laid_out(
    tmp_path: Path, suffix: str, indent: int | None
) -> None:
    text = json.dumps(otlp.as_json(TRACES), indent=indent).encode()
    request = only(read(tmp_path / f"a.json{suffix}", text))
    assert request.framed.payload == TRACES.SerializeToString()
    assert only(read(tmp_path / "b.json", json.dumps(otlp.as_json(LOGS)).encode())).signal == "logs"


@pytest.mark.parametrize("name", ["a.jsonl", "a.ndjson", "a.json", "a.jsonl.gz"])
def test_json_lines_are_a_request_each_with_their_place(tmp_path: Path, name: str) -> None:
    data = line(otlp.as_json(TRACES)) + b"\n" + line(otlp.as_json(LOGS))
    found = read(tmp_path / name, data)
    assert [(r.line, r.signal) for r in found if isinstance(r, Recorded)] == [
        (1, Signal.TRACES),
        (3, Signal.LOGS),
    ]


def test_a_bad_line_is_reported_and_the_next_one_read(tmp_path: Path) -> None:
    good = line(otlp.as_json(TRACES))
    too_long = b"[" + b" " * 3 * LIMIT + b"]\n"
    data = good + b"{oops\n" + too_long + line({"resourceMetrics": []}) + line({}) + b"3\n" + good
    found = read(tmp_path / "a.jsonl", data)
    assert [r.line for r in found] == [1, 2, 3, 4, 5, 6, 7]
    reasons = [r.reason for r in found if isinstance(r, Unreadable)]
    assert "not valid JSON" in reasons[0]
    assert reasons[1:] == [
        f"larger than {LIMIT} bytes",
        "metrics are not stored",
        "not an OTLP request: neither resourceSpans nor resourceLogs",
        "not an OTLP request: expected a JSON object",
    ]
    assert isinstance(found[-1], Recorded)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.binpb", TRACES.SerializeToString()[:-3]),
        ("a.binpb", b"\xff" * 20),
        ("a.binpb", b"x" * (LIMIT + 1)),
        ("a.json", b""),
        ("a.json", b"{"),
        ("a.json", b" " * (LIMIT + 1)),
        ("a.json", b'{"resourceSpans": 7}'),
    ],
)
def test_what_cannot_be_read_is_reported(tmp_path: Path, name: str, data: bytes) -> None:
    (found,) = read(tmp_path / name, data)
    assert isinstance(found, Unreadable)
    assert found.reason


def test_a_gzip_bomb_is_not_inflated(tmp_path: Path) -> None:
    (found,) = read(tmp_path / "a.binpb.gz", b"\0" * 50_000_000)
    assert isinstance(found, Unreadable)
    assert found.reason == f"larger than {LIMIT} bytes"


def test_a_damaged_gzip_file_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(line(otlp.as_json(TRACES)) * 100)[:-20])
    found = list(recordings.read(path, LIMIT))
    assert isinstance(found[-1], Unreadable)
    assert found[-1].reason.startswith("cannot be read:")
    (tmp_path / "b.binpb.gz").write_bytes(b"not gzip")
    assert isinstance(next(iter(recordings.read(tmp_path / "b.binpb.gz", LIMIT))), Unreadable)


def test_progress_ends_at_the_size_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(line(otlp.as_json(TRACES)) * 50)
    seen: list[int] = []
    list(recordings.read(path, LIMIT, seen.append))
    assert seen == sorted(seen)
    assert seen[-1] == path.stat().st_size


@pytest.mark.parametrize("name", ["a.txt", "a.binpb.zst", "a"])
def test_a_name_that_says_nothing_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    with pytest.raises(ConfigError, match="does not say what it holds"):
        recordings.check_name(tmp_path / name)


def test_a_missing_file_and_a_directory_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.json"):
        with pytest.raises(ConfigError, match="is not a file"):
            recordings.check_name(path)


def test_a_request_damaged_below_its_top_level_is_the_stores_to_judge(tmp_path: Path) -> None:
    request = only(read(tmp_path / "a.binpb", b"\x0a\x03\xff\xff\xff"))
    assert recordings.count_records(request) == 0
