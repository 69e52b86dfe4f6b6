"""The HTTP server: a thread in the process of the test."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Self
from urllib.parse import urlsplit

from tests.support.fake_openai import chat, media, responses
from tests.support.fake_openai.scripts import Script
from tests.support.fake_openai.vendors import FIREWORKS, OPENAI, Vendor, place

Body = dict[str, Any]
Whole = Callable[[Body, Script, Vendor], Body]
Streamed = Callable[[Body, Script, Vendor], Iterator[Body | str]]

_ROUTES: dict[str, tuple[Whole, Streamed | None]] = {
    "/chat/completions": (chat.completion, chat.chunks),
    "/completions": (chat.text_completion, chat.text_chunks),
    "/responses": (responses.response, responses.events),
    "/embeddings": (media.embeddings, None),
    "/images/generations": (media.images, media.image_events),
}
_ERRORS = {
    400: ("invalid_request_error", "invalid_value"),
    401: ("invalid_request_error", "invalid_api_key"),
    429: ("rate_limit_error", "rate_limit_exceeded"),
}


@dataclass(frozen=True, slots=True)
class Recorded:
    """A request as it arrived."""

    vendor: str
    path: str
    """Below the base URL, without its query."""
    headers: dict[str, str]
    """Names in lower case."""
    body: Body


class FakeOpenAI:
    """The server, on a free port of loopback while the context is open.

    It is also an HTTP proxy that answers itself: with ``HTTP_PROXY`` set to :attr:`root`, programs
    may call ``http://localhost:11434/v1`` or ``http://api.fireworks.ai/inference/v1``.
    """

    def __init__(self) -> None:
        self._recorded: list[Recorded] = []
        handler = type("_RecordingHandler", (_Handler,), {"recorded": self._recorded})
        self._server = _QuietServer(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            kwargs={"poll_interval": 0.02},
            name="fake-openai",
            daemon=True,
        )

    @property
    def root(self) -> str:
        """The server's address without a path; Azure's endpoint."""
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def url(self) -> str:
        """OpenAI's base URL."""
        return self.root + OPENAI.prefix

    @property
    def fireworks_url(self) -> str:
        """The base URL below which it is FireworksAI."""
        return self.root + FIREWORKS.prefix

    @property
    def requests(self) -> list[Recorded]:
        """Everything that was asked so far, in order of arrival."""
        return list(self._recorded)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _QuietServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: clients that leave in the middle are what some tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Header and body leave in two writes; with Nagle's algorithm the second waits 40 ms.
    disable_nagle_algorithm = True
    recorded: ClassVar[list[Recorded]]

    def do_POST(self) -> None:
        address = urlsplit(self.path)  # a whole URL if the client takes this for a proxy
        headers = {name.lower(): value for name, value in self.headers.items()}
        vendor, path = place(address.path, address.netloc or headers.get("host", ""))
        body = json.loads(self.rfile.read(int(headers.get("content-length", 0))) or b"{}")
        self.recorded.append(Recorded(vendor.name, path, headers, body))
        if path not in _ROUTES:
            self._error(404, f"no such path: {path}")
            return
        script = Script.of(body, headers)
        time.sleep(script.delay_s)
        if script.status >= 400:
            self._error(script.status, "this model always fails")
            return
        whole, streamed = _ROUTES[path]
        try:
            if body.get("stream") and streamed is not None:
                self._stream(list(streamed(body, script, vendor)), script)
            else:
                self._json(200, whole(body, script, vendor))
        except (AttributeError, KeyError, TypeError) as problem:
            self._error(400, f"request not understood: {problem!r}")

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the server runs inside tests."""

    def _json(self, status: int, document: Body) -> None:
        data = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.send_header("x-request-id", f"req_{len(self.recorded)}")
        if status == 429 or status >= 500:
            self.send_header("retry-after-ms", "10")
        self.end_headers()
        self.wfile.write(data)

    def _stream(self, events: list[Body | str], script: Script) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for position, event in enumerate(events):
            if position == script.break_after:
                self.close_connection = True
                return  # without the last chunk: the client sees a body cut short
            if position == script.error_after:
                event = {"error": {"message": "overloaded", "type": "server_error", "code": None}}
                self._event(event)
                break
            if position:
                time.sleep(script.chunk_delay_s)
            self._event(event)
        self.wfile.write(b"0\r\n\r\n")

    def _event(self, event: Body | str) -> None:
        name = f"event: {event['type']}\n" if isinstance(event, dict) and "type" in event else ""
        text = event if isinstance(event, str) else json.dumps(event)
        data = f"{name}data: {text}\n\n".encode()
        self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))
        self.wfile.flush()

    def _error(self, status: int, message: str) -> None:
        kind, code = _ERRORS.get(status, ("server_error", None))
        self._json(
            status, {"error": {"message": message, "type": kind, "code": code, "param": None}}
        )
