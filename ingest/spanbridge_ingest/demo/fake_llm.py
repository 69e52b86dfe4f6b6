"""A model server that needs no model: OpenAI's HTTP interface with predictable answers.

``POST /v1/chat/completions`` and ``/v1/responses`` (whole or streamed, with tools) and
``/v1/embeddings``. The same request always gets the same answer, whatever the key. A conversation
with tools gets a tool call first and, once a tool result is in it, an answer in words. A model
name that contains ``err-<status>``, such as ``gpt-err-429``, gets that HTTP error.

    with FakeLLM() as llm:
        post(f"{llm.url}/chat/completions", ...)
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, ClassVar, Self

from spanbridge_ingest.demo import fake_replies as replies

_MAX_BODY_BYTES = 8 * 1024**2
_ERROR_MODEL = re.compile(r"err-([45]\d\d)")


class FakeLLM:
    """The server, running in a thread on a free loopback port while the context is open.

    Every answer takes ``delay_s`` seconds, so that durations in a demonstration look like some.
    """

    def __init__(self, delay_s: float = 0.0) -> None:
        handler = type("_DelayedHandler", (_Handler,), {"delay_s": delay_s})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            kwargs={"poll_interval": 0.05},
            name="fake-llm",
            daemon=True,
        )

    @property
    def port(self) -> int:
        """The TCP port the server listens on."""
        return self._server.server_port

    @property
    def url(self) -> str:
        """The base URL clients are given, ending in ``/v1``."""
        return f"http://127.0.0.1:{self.port}/v1"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "spanbridge-fake-llm"
    # Header and body leave in two writes; with Nagle's algorithm the second waits 40 ms.
    disable_nagle_algorithm = True
    delay_s: ClassVar[float] = 0.0

    routes: ClassVar[dict[str, tuple[replies.Whole, replies.Streamed | None]]] = {
        "/v1/chat/completions": (replies.chat_completion, replies.chat_chunks),
        "/v1/responses": (replies.response, replies.response_events),
        "/v1/embeddings": (replies.embeddings, None),
    }

    def do_POST(self) -> None:
        body = self._read_body()
        if body is None:
            return
        route = self.routes.get(self.path.split("?")[0])
        if route is None:
            self._send_error(404, f"no such path: {self.path}")
            return
        if failing := _ERROR_MODEL.search(str(body.get("model", ""))):
            self._send_error(int(failing[1]), "this model always fails")
            return
        whole, streamed = route
        time.sleep(self.delay_s)
        try:
            if body.get("stream") and streamed is not None:
                self._send_stream(streamed(body))
            else:
                self._send_json(200, whole(body))
        except (AttributeError, KeyError, TypeError) as problem:
            self._send_error(400, f"request not understood: {problem!r}")

    def do_GET(self) -> None:
        if self.path == "/v1/models":
            model = {"id": "gpt-fake", "object": "model", "created": 0, "owned_by": "spanbridge"}
            self._send_json(200, {"object": "list", "data": [model]})
        else:
            self._send_error(404, f"no such path: {self.path}")

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the server runs inside demos and tests."""

    def _read_body(self) -> dict[str, Any] | None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > _MAX_BODY_BYTES:
            self.close_connection = True
            self._send_error(413, "request too large")
            return None
        try:
            body = json.loads(self.rfile.read(length))
        except ValueError:
            body = None
        if not isinstance(body, dict):
            self._send_error(400, "the body is not a JSON object")
            return None
        return body

    def _send_json(self, status: int, document: dict[str, Any]) -> None:
        data = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _send_stream(self, events: Iterable[str]) -> None:
        # Made before the header goes out, so that a bad request still gets its 400.
        chunks = [event.encode() for event in events]
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for chunk in chunks:
            self.wfile.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
        self.wfile.write(b"0\r\n\r\n")

    def _send_error(self, status: int, message: str) -> None:
        kind = "rate_limit_error" if status == 429 else "server_error"
        if status < 500 and status != 429:
            kind = "invalid_request_error"
        error = {"message": message, "type": kind, "param": None, "code": None}
        self._send_json(status, {"error": error})
