"""Recorded OTLP on disk: which file holds what, and one request at a time out of it.

| name                         | holds                                                        |
|------------------------------|--------------------------------------------------------------|
| ``*.binpb``, ``*.pb``        | one trace export request, protobuf                           |
| ``*.logs.binpb``             | one log export request, protobuf                             |
| ``*.json``, ``*.jsonl``      | OTLP/JSON: one request, or one per line as the Collector's   |
|                              | file exporter writes them; traces and logs may be mixed      |

Each may be compressed: ``*.gz``.
"""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import orjson

from spanbridge_ingest.errors import ConfigError, InvalidRequestError, RequestError, TooLargeError
from spanbridge_ingest.receive.framing import Framed, check_frames
from spanbridge_ingest.receive.otlp_json import json_to_otlp
from spanbridge_ingest.store.base import Signal

_GZIP_MAGIC = b"\x1f\x8b"
_PROTOBUF_SUFFIXES = (".binpb", ".pb")
_JSON_SUFFIXES = (".json", ".jsonl", ".ndjson")
_JSON_SIGNALS = {"resourceSpans": Signal.TRACES, "resourceLogs": Signal.LOGS}


@dataclass(frozen=True, slots=True)
class Recorded:
    """One request of a file. ``line`` counts from 1; None in files that hold a single request."""

    file: Path
    line: int | None
    signal: Signal
    framed: Framed


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A place in a file that holds no request we can send."""

    file: Path
    line: int | None
    reason: str


def check_name(path: Path) -> None:
    """Raise ConfigError unless the file exists and its name says what it holds."""
    if not path.is_file():
        raise ConfigError(f"{path} is not a file.")
    if not _plain_name(path).endswith(_PROTOBUF_SUFFIXES + _JSON_SUFFIXES):
        known = ", ".join(("*.binpb", "*.logs.binpb", "*.json", "*.jsonl"))
        raise ConfigError(f"{path}: the name does not say what it holds; known are {known} (.gz).")


def read(
    path: Path, limit: int, progress: Callable[[int], None] = lambda position: None
) -> Iterator[Recorded | Unreadable]:
    """Yield the requests of a file in order; what cannot be read does not end the file.

    Args:
        path: a file that :func:`check_name` accepts.
        limit: bytes of the largest request.
        progress: told how many bytes of the file on disk have been read.
    """
    with path.open("rb") as raw:
        stream: BinaryIO = raw
        if path.name.lower().endswith(".gz"):
            stream = gzip.GzipFile(fileobj=raw)  # type: ignore[assignment]
        requests = (
            _read_protobuf(path, stream, limit)
            if _plain_name(path).endswith(_PROTOBUF_SUFFIXES)
            else _read_json(path, stream, limit)
        )
        try:
            for request in requests:
                progress(raw.tell())
                yield request
        except (OSError, EOFError) as problem:
            yield Unreadable(path, None, f"cannot be read: {problem}")


def read_stream(name: Path, stream: BinaryIO, limit: int) -> Iterator[Recorded | Unreadable]:
    """Yield the requests of a stream without a name that says what it holds.

    Args:
        name: what the stream is called in what is yielded.
        stream: traces as protobuf, or traces and logs as OTLP/JSON; either may be gzipped.
        limit: bytes of the largest request.
    """
    try:
        body = stream.read()
        if body.startswith(_GZIP_MAGIC):
            body = gzip.decompress(body)
    except (OSError, EOFError) as problem:
        yield Unreadable(name, None, f"cannot be read: {problem}")
        return
    # A protobuf request begins with the number of its only field, which is a line feed; the length
    # after it may be a brace.
    is_json = not body.startswith(b"\n") and body.lstrip().startswith(b"{")
    yield from (_read_json if is_json else _read_protobuf)(name, io.BytesIO(body), limit)


def count_records(recorded: Recorded) -> int:
    """How many spans or log records a request holds; 0 when it is damaged below its top level."""
    from google.protobuf.message import DecodeError
    from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    try:
        if recorded.signal is Signal.TRACES:
            traces = ExportTraceServiceRequest.FromString(recorded.framed.payload)
            return sum(len(s.spans) for r in traces.resource_spans for s in r.scope_spans)
        logs = ExportLogsServiceRequest.FromString(recorded.framed.payload)
        return sum(len(s.log_records) for r in logs.resource_logs for s in r.scope_logs)
    except DecodeError:
        return 0


def _plain_name(path: Path) -> str:
    return path.name.lower().removesuffix(".gz")


def _read_protobuf(path: Path, stream: BinaryIO, limit: int) -> Iterator[Recorded | Unreadable]:
    is_logs = _plain_name(path).rpartition(".")[0].endswith(".logs")
    body = stream.read(limit + 1)
    try:
        _check_size(body, limit)
        framed = check_frames(body)
        yield Recorded(path, None, Signal.LOGS if is_logs else Signal.TRACES, framed)
    except RequestError as problem:
        yield Unreadable(path, None, str(problem))


def _read_json(path: Path, stream: BinaryIO, limit: int) -> Iterator[Recorded | Unreadable]:
    first = stream.readline(limit + 1)
    if _is_document(first):
        yield from _read_lines(path, first, stream, limit)
        return
    body = first + stream.read(max(0, limit + 1 - len(first)))
    yield from _convert(path, None, body, limit)


def _read_lines(
    path: Path, line: bytes, stream: BinaryIO, limit: int
) -> Iterator[Recorded | Unreadable]:
    number = 0
    while line:
        number += 1
        if line.strip():
            yield from _convert(path, number, line, limit)
        while len(line) > limit and not line.endswith(b"\n"):
            line = stream.readline(limit + 1)  # the rest of a line that was too long
        line = stream.readline(limit + 1)


def _convert(
    path: Path, line: int | None, body: bytes, limit: int
) -> Iterator[Recorded | Unreadable]:
    try:
        _check_size(body, limit)
        signal = _json_signal(body)
        yield Recorded(path, line, signal, json_to_otlp(signal, body))
    except RequestError as problem:
        yield Unreadable(path, line, str(problem))


def _json_signal(body: bytes) -> Signal:
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as problem:
        raise InvalidRequestError(f"not valid JSON: {problem.msg}") from None
    if not isinstance(document, dict):
        raise InvalidRequestError("not an OTLP request: expected a JSON object")
    for key, signal in _JSON_SIGNALS.items():
        if key in document:
            return signal
    if "resourceMetrics" in document:
        raise InvalidRequestError("metrics are not stored")
    raise InvalidRequestError("not an OTLP request: neither resourceSpans nor resourceLogs")


def _is_document(line: bytes) -> bool:
    try:
        return isinstance(orjson.loads(line), dict)
    except orjson.JSONDecodeError:
        return False


def _check_size(body: bytes, limit: int) -> None:
    if len(body) > limit:
        raise TooLargeError(f"larger than {limit} bytes")
