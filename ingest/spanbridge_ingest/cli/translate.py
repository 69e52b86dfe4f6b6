"""``spanbridge translate``: recorded OTLP traces in another GenAI dialect."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Final, TypeVar

import orjson
from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from spanbridge_ingest.cli import recordings
from spanbridge_ingest.cli.recordings import Recorded, Unreadable
from spanbridge_ingest.errors import ConfigError, InvalidRequestError
from spanbridge_ingest.query.otlp import to_otlp_json
from spanbridge_ingest.retranslate import remember, translate_request
from spanbridge_ingest.settings import Settings
from spanbridge_ingest.store.base import Signal
from spanbridge_semconv.emit import TARGETS, UsageMemory

FORMATS: Final = ("json", "proto")
_STDIO: Final = Path("-")
_PROTOBUF_SUFFIXES: Final = (".binpb", ".pb")
_WHOLE_FILE: Final = 2**31
"""All spans of a file are known before the first is written, whatever their order."""

R = TypeVar("R", ExportTraceServiceRequest, ExportLogsServiceRequest)


def run(
    file: Path, to: str, logs: Path | None, out: Path, form: str | None, settings: Settings
) -> None:
    """Translate a file; nothing is written unless all of it can be read.

    Args:
        file: recorded traces, ``-`` for standard input.
        to: the dialect.
        logs: log records that carry messages of the spans.
        out: where to write, ``-`` for standard output.
        form: ``json`` (a request per line) or ``proto``; None to go by the name of ``out``.
        settings: for the size of the largest request.

    Raises:
        ConfigError: an option or the name of a file is wrong.
        InvalidRequestError: the content of a file is.
    """
    if to not in TARGETS:
        raise ConfigError(f"--to {to}: no such dialect; known are {', '.join(TARGETS)}")
    form = _format(form, out)
    recorded = list(_read(file, settings.max_request_bytes))
    beside = list(_read(logs, settings.max_request_bytes)) if logs is not None else []
    requests = list(_parsed(recorded, Signal.TRACES, ExportTraceServiceRequest))
    if not requests:
        raise InvalidRequestError(f"{file}: no traces in it; log records go with --logs")
    records = list(_parsed([*recorded, *beside], Signal.LOGS, ExportLogsServiceRequest))
    memory = UsageMemory(_WHOLE_FILE, _WHOLE_FILE)
    for request in requests:
        remember(request, memory)
    translated = (translate_request(r, to, logs=records, memory=memory) for r in requests)
    if out == _STDIO:
        _write(sys.stdout.buffer, translated, form)
        sys.stdout.buffer.flush()
    else:
        with out.open("wb") as stream:
            _write(stream, translated, form)


def _format(form: str | None, out: Path) -> str:
    if form is None:
        return "proto" if out.suffix.lower() in _PROTOBUF_SUFFIXES else "json"
    if form not in FORMATS:
        raise ConfigError(f"--format {form}: no such format; known are {', '.join(FORMATS)}")
    return form


def _read(path: Path, limit: int) -> Iterator[Recorded]:
    if path == _STDIO:
        requests = recordings.read_stream(path, sys.stdin.buffer, limit)
    else:
        recordings.check_name(path)
        requests = recordings.read(path, limit)
    for request in requests:
        if isinstance(request, Unreadable):
            raise InvalidRequestError(f"{_place(request)}: {request.reason}; nothing was written")
        yield request


def _parsed(recorded: Iterable[Recorded], signal: Signal, message: type[R]) -> Iterator[R]:
    for request in recorded:
        if request.signal is signal:
            try:
                yield message.FromString(request.framed.payload)
            except DecodeError:
                problem = "not an OTLP request of this kind, or damaged; nothing was written"
                raise InvalidRequestError(f"{_place(request)}: {problem}") from None


def _write(stream: BinaryIO, requests: Iterable[ExportTraceServiceRequest], form: str) -> None:
    for request in requests:
        if form == "proto":
            # Requests that follow one another are one request: their lists are joined.
            stream.write(request.SerializeToString())
        else:
            stream.write(orjson.dumps(to_otlp_json(request), option=orjson.OPT_APPEND_NEWLINE))


def _place(request: Recorded | Unreadable) -> str:
    name = "standard input" if request.file == _STDIO else str(request.file)
    return f"{name}:{request.line}" if request.line else name
