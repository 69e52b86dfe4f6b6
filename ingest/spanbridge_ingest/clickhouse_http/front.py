"""The ASGI application."""

from __future__ import annotations

import logging
import secrets
import uuid
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, Final

import anyio
import anyio.to_thread

from spanbridge_ingest.clickhouse_http import compression, formats, request
from spanbridge_ingest.clickhouse_http.failures import (
    AUTHENTICATION_FAILED,
    BAD_ARGUMENTS,
    QUERY_TOO_LARGE,
    TOO_MANY_QUERIES,
    FrontError,
    from_engine,
)
from spanbridge_ingest.clickhouse_http.options import FrontOptions
from spanbridge_ingest.clickhouse_http.running import Answer, Connect, Runner, summary_header

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

_log = logging.getLogger(__name__)

_OK: Final = b"Ok.\n"
_ALIVE_PATHS: Final = frozenset({"/ping", "/replicas_status"})
_METHODS: Final = frozenset({"GET", "HEAD", "POST"})
_TEXT: Final = "text/plain; charset=UTF-8"


def create_front(connect: Connect, options: FrontOptions | None = None) -> Front:
    """The application over an engine.

    Args:
        connect: opens a handle on the embedded engine (``chdb.connect`` of its path). It is called
            for every query, from any thread; the engine has to stay open beside it.
        options: what is allowed; the defaults let everyone on this machine read.

    Raises:
        Exception: the engine does not answer.
    """
    return Front(connect, options or FrontOptions())


class Front:
    """ClickHouse's HTTP interface as an ASGI application."""

    def __init__(self, connect: Connect, options: FrontOptions) -> None:
        self._options = options
        self._runner = Runner(connect, options)
        self._turns = anyio.Semaphore(options.max_queries)
        self._threads = anyio.CapacityLimiter(options.max_queries * 2)

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one connection of the ASGI server."""
        if scope["type"] == "lifespan":
            await _live(receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)

    async def _answer(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        packer = compression.Encoder()
        try:
            asked = _head(scope)
            if _asks_for_life(asked):
                await _send_whole(send, 200, self._headers(asked, _TEXT), _OK)
                return
            # Before the body: whoever is not let in costs neither memory nor time.
            request.check_caller(asked, self._options)
            if asked.path not in ("/", ""):
                text = f"There is no handle {asked.path[:80]}\n\nUse / or /ping\n"
                await _send_whole(send, 404, self._headers(asked, _TEXT), text.encode())
                return
            packer = compression.encoder("", asked.flag("compress"))
            asked = await self._read(scope, asked.headers, receive)
            if asked.statement.strip():
                await self._query(asked, receive, send)
            else:
                await _send_whole(send, 200, self._headers(asked, _TEXT), _OK)
        except FrontError as failure:
            headers: Headers = [
                (b"content-type", _TEXT.encode()),
                (b"x-clickhouse-exception-code", str(failure.code).encode()),
            ]
            if failure.code == AUTHENTICATION_FAILED:
                headers.append((b"www-authenticate", b'Basic realm="ClickHouse"'))
            body = failure.text(self._runner.version).encode("utf-8", "replace")
            await _send_whole(send, failure.status, headers, packer.add(body) + packer.end())

    async def _read(
        self, scope: Mapping[str, Any], headers: Mapping[str, str], receive: Receive
    ) -> request.Request:
        limit = self._options.max_request_bytes
        body = await _body(receive, limit)
        encoding = headers.get("content-encoding", "")
        asked = request.read(scope, headers, b"" if encoding else body)
        if encoding or asked.flag("decompress"):
            plain = await anyio.to_thread.run_sync(
                compression.decoded, body, encoding, asked.flag("decompress"), limit
            )
            asked = request.read(scope, headers, plain)
        return asked

    async def _query(self, asked: request.Request, receive: Receive, send: Send) -> None:
        taken = False
        with anyio.move_on_after(self._options.max_wait_s):
            await self._turns.acquire()
            taken = True
        if not taken:
            raise FrontError(TOO_MANY_QUERIES, "Too many simultaneous queries")
        try:
            answer = await anyio.to_thread.run_sync(
                self._runner.run, asked, limiter=self._threads, abandon_on_cancel=False
            )
            try:
                await self._send(asked, answer, receive, send)
            finally:
                with anyio.CancelScope(shield=True):
                    await anyio.to_thread.run_sync(answer.close, limiter=self._threads)
        finally:
            self._turns.release()

    async def _send(
        self, asked: request.Request, answer: Answer, receive: Receive, send: Send
    ) -> None:
        accepted = asked.headers.get("accept-encoding", "")
        if asked.parameters.get("enable_http_compression") == "0":
            accepted = ""
        packer = compression.encoder(accepted, asked.flag("compress"))
        headers = self._headers(asked, formats.media_type(answer.format), answer)
        tag = secrets.token_hex(8)
        headers.append((b"x-clickhouse-exception-tag", tag.encode()))
        if packer.content_encoding:
            headers.append((b"content-encoding", packer.content_encoding.encode()))
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        if asked.method == "HEAD":
            await send({"type": "http.response.body", "body": b""})
            return
        gone = anyio.Event()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_wait_gone, receive, gone)
            failure = await self._send_pieces(answer, packer, gone, send)
            if failure is not None:
                # The status is out already: the text tells people, the tag tells clients that know
                # it, the missing end of the body tells the others.
                _log.warning("a query failed while its result was sent: code %d", failure.code)
                body = packer.add(failure.in_body(self._runner.version, tag)) + packer.end()
                await send({"type": "http.response.body", "body": body, "more_body": True})
            tasks.cancel_scope.cancel()

    async def _send_pieces(
        self, answer: Answer, packer: compression.Encoder, gone: anyio.Event, send: Send
    ) -> FrontError | None:
        """Send the answer to its end, or until the client is gone; what failed meanwhile."""

        def following() -> bytes | None:
            piece = next(answer.pieces, None)
            return None if piece is None else packer.add(piece)

        while not gone.is_set():
            try:
                piece = await anyio.to_thread.run_sync(following, limiter=self._threads)
            except FrontError as failure:
                return failure
            except Exception as error:
                return from_engine(error)
            if piece is None:
                await send({"type": "http.response.body", "body": packer.end()})
                return None
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        return None

    def _headers(
        self, asked: request.Request, media_type: str, answer: Answer | None = None
    ) -> Headers:
        found = {
            "content-type": media_type,
            "x-clickhouse-server-display-name": "spanbridge",
            "x-clickhouse-timezone": self._runner.timezone,
        }
        if answer is not None:
            query_id = asked.parameters.get("query_id") or str(uuid.uuid4())
            found["x-clickhouse-query-id"] = "".join(c for c in query_id if c.isprintable())
            found["x-clickhouse-format"] = answer.format
            found["x-clickhouse-summary"] = summary_header(answer.summary)
        return [(k.encode(), v.encode("latin-1", "replace")) for k, v in found.items()]


def _head(scope: Mapping[str, Any]) -> request.Request:
    """The request as far as it is known without its body."""
    if scope["method"] not in _METHODS:
        raise FrontError(BAD_ARGUMENTS, f"Method {scope['method'][:20]} is not supported")
    return request.read(scope, request.headers_of(scope), b"")


def _asks_for_life(asked: request.Request) -> bool:
    """Whether it only asks if somebody is there, as monitors do. Needs no credentials."""
    plain = asked.path == "/" and asked.method != "POST" and not asked.statement.strip()
    return plain or asked.path in _ALIVE_PATHS


async def _live(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


async def _body(receive: Receive, limit: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise FrontError(BAD_ARGUMENTS, "The client left before the end of its request")
        part = message.get("body", b"")
        size += len(part)
        if size > limit:
            raise FrontError(QUERY_TOO_LARGE, f"The request is larger than {limit} bytes")
        parts.append(part)
        if not message.get("more_body"):
            return b"".join(parts)


async def _wait_gone(receive: Receive, gone: anyio.Event) -> None:
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            gone.set()
            return


async def _send_whole(send: Send, status: int, headers: Headers, body: bytes) -> None:
    sized = [*headers, (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": sized})
    await send({"type": "http.response.body", "body": body})
