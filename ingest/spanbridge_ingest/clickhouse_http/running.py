"""Queries on the embedded engine, each on a handle of its own.

A handle is a session: settings, parameters and the current database stay on it. Making one takes a
fraction of a millisecond, so each query gets a fresh one and leaves nothing behind.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from spanbridge_ingest.clickhouse_http import formats, settings, vetting
from spanbridge_ingest.clickhouse_http.failures import (
    BAD_ARGUMENTS,
    SYNTAX_ERROR,
    TOO_LARGE,
    UNKNOWN_SETTING,
    FrontError,
    from_engine,
)
from spanbridge_ingest.clickhouse_http.options import FrontOptions
from spanbridge_ingest.clickhouse_http.request import Request

Connect = Callable[[], Any]
"""Opens a handle on the engine, such as ``lambda: chdb.connect(path)``."""

_NAME: Final = re.compile(r"[A-Za-z_]\w{0,126}", re.ASCII)
_INSERT: Final = re.compile(
    rb"\s*(INSERT\s+INTO\s.*?)\sFORMAT\s+(\w+)[ \t]*(?:\r?\n|\Z)", re.IGNORECASE | re.DOTALL
)
_STATEMENT: Final = "spanbridge_statement"
_SCOPE: Final = re.compile(
    r"\s*:? ?In scope SELECT formatQuerySingleLine\(.*?(\([A-Z_]+\))?\Z", re.DOTALL
)
_ROWS_OF: Final = frozenset({"SELECT", "WITH", "("})


def _literal(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'").replace("\0", "\\0")
    return f"'{escaped}'"


@dataclass(slots=True)
class Answer:
    """The result of a query: its format, what it took, and its bytes piece by piece.

    ``close`` has to be called, also when not all pieces were taken.
    """

    format: str
    summary: Mapping[str, str]
    pieces: Iterator[bytes]
    close: Callable[[], None]


class Runner:
    """Runs requests. Methods block and may be called from any thread."""

    def __init__(self, connect: Connect, options: FrontOptions) -> None:
        self._connect = connect
        self._options = options
        handle = connect()
        try:
            found = handle.query("SELECT version(), timezone()", "TSVRaw").bytes().decode()
        finally:
            handle.close()
        self.version, self.timezone = found.rstrip("\n").split("\t")

    def run(self, request: Request) -> Answer:
        """Start a query and wait for the first of its result.

        Raises:
            FrontError: it was refused or failed.
        """
        handle = self._connect()
        try:
            return self._start(handle, request)
        except FrontError:
            handle.close()
            raise
        except Exception as error:
            handle.close()
            raise from_engine(error) from error

    def _start(self, handle: Any, request: Request) -> Answer:
        readonly = self._options.readonly or request.method != "POST"
        revision = request.revision
        if readonly:
            text = self._formatted(handle, request.statement)
            vetting.check_reading(text)
            sql, named = vetting.split_format(text)
            name = named or request.default_format
            streamed = formats.streams(name) and vetting.tokens(sql)[0].upper() in _ROWS_OF
            brought = settings.brought(request.parameters)
            limited = settings.allowed(brought, self._options, streamed=streamed)
            self._prepare(handle, request, limited)
            # Last: from here on the handle lets nothing be changed, this setting included.
            handle.query("SET readonly = 1")
            answer = self._stream if streamed else self._whole
            return answer(handle, sql, name, revision)
        self._prepare(handle, request, settings.brought(request.parameters))
        insert = _INSERT.match(request.statement)
        if insert is not None:
            return self._insert(handle, insert, request.statement[insert.end() :])
        return self._write(handle, request)

    def _formatted(self, handle: Any, statement: bytes) -> str:
        """The one statement of a query as the engine understands it, in the engine's spelling."""
        try:
            text = statement.decode("utf-8")
        except UnicodeDecodeError:
            raise FrontError(BAD_ARGUMENTS, "The query is not UTF-8") from None
        if not text.strip():
            raise FrontError(SYNTAX_ERROR, "Syntax error: Empty query")
        # The value of a parameter is itself in escaped form, inside a literal.
        escaped = text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")
        handle.query(f"SET param_{_STATEMENT} = {_literal(escaped)}")
        sql = f"SELECT formatQuerySingleLine({{{_STATEMENT}:String}})"
        try:
            formatted: bytes = handle.query(sql, "TSVRaw").bytes()
        except Exception as error:
            # Without the part that speaks of our own query around theirs.
            failure = from_engine(error)
            raise FrontError(failure.code, _SCOPE.sub(r" \1", str(failure))) from error
        return formatted.decode().removesuffix("\n")

    def _prepare(self, handle: Any, request: Request, wanted: Mapping[str, str]) -> None:
        """Give a handle its database, settings and parameters."""
        database = request.database or self._options.database
        handle.query("USE `{}`".format(database.replace("\\", "\\\\").replace("`", "\\`")))
        values = {f"param_{name}": value for name, value in request.query_parameters.items()}
        for name, value in {**wanted, **values}.items():
            if _NAME.fullmatch(name) is None:
                raise FrontError(UNKNOWN_SETTING, f"Unknown setting {name[:80]!r}")
            handle.query(f"SET {name} = {_literal(value)}")

    def _stream(self, handle: Any, sql: str, name: str, revision: int) -> Answer:
        result = handle.send_query(sql, name)
        pieces = self._pieces(result, formats.Joiner(name, revision))
        try:
            first = next(pieces, None)
        except Exception:
            result.close()
            raise
        if first is None:
            # No rows: only a whole document has the header that some formats owe.
            result.close()
            return self._whole(handle, sql, name, revision)

        def close() -> None:
            result.close()
            handle.close()

        return Answer(name, _summary(), _with(first, pieces), close)

    def _whole(self, handle: Any, sql: str, name: str, revision: int) -> Answer:
        result = handle.query(sql, name)
        body = formats.Joiner(name, revision).add(result.bytes())
        if len(body) > self._options.max_buffered_bytes:
            raise FrontError(
                TOO_LARGE,
                f"Limit for result exceeded: {name} has to be made as a whole; "
                "use a format that streams, such as JSONEachRow",
            )
        summary = _summary(
            read_rows=result.storage_rows_read(),
            read_bytes=result.storage_bytes_read(),
            result_rows=result.rows_read(),
            written_rows=result.rows_written(),
            written_bytes=result.bytes_written(),
            elapsed_ns=int(result.elapsed() * 1e9),
        )
        return Answer(name, summary, iter([body]), handle.close)

    def _pieces(self, result: Any, joiner: formats.Joiner) -> Iterator[bytes]:
        size = 0
        for chunk in result:
            piece = joiner.add(chunk.bytes())
            size += len(piece)
            if size > self._options.max_streamed_bytes:
                raise FrontError(TOO_LARGE, "Limit for result exceeded: the result is too large")
            if piece:
                yield piece

    def _insert(self, handle: Any, insert: re.Match[bytes], data: bytes) -> Answer:
        stream = handle.send_insert(insert[1].decode(), insert[2].decode())
        try:
            stream.append(data)
            result = stream.finish()
        except Exception:
            stream.cancel()
            raise
        summary = _summary(written_rows=result.rows_written, written_bytes=result.bytes_written)
        return Answer("Null", summary, iter(()), handle.close)

    def _write(self, handle: Any, request: Request) -> Answer:
        text = request.statement.decode("utf-8", "surrogateescape")
        try:
            name = vetting.split_format(self._formatted(handle, request.statement))[1]
        except FrontError:
            name = None  # an INSERT with its values, which the formatter cannot take
        return self._whole(handle, text, name or request.default_format, request.revision)


def _with(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _summary(**counts: int) -> dict[str, str]:
    names = ("read_rows", "read_bytes", "written_rows", "written_bytes", "total_rows_to_read")
    every = {**dict.fromkeys((*names, "result_rows", "result_bytes", "elapsed_ns"), 0), **counts}
    return {name: str(count) for name, count in every.items()}


def summary_header(summary: Mapping[str, str]) -> str:
    """``X-ClickHouse-Summary``."""
    return json.dumps(summary, separators=(",", ":"))
