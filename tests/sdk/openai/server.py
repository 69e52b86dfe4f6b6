"""A server that answers as a test tells it to."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Step = Mapping[str, Any] | str | bytes | Callable[[], object]


@dataclass
class Reply:
    """What a request gets.

    ``steps`` make it a stream: objects and texts are events, bytes go out as they are, a callable
    is called before the next step, and may wait. ``cut`` ends the connection without the end of
    the body.
    """

    body: Any = None
    status: int = 200
    steps: Sequence[Step] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: bool = False


@dataclass(frozen=True)
class Received:
    path: str
    headers: Mapping[str, str]
    body: Any


class Server:
    """Answers in the order of ``replies``, the last one over and over."""

    def __init__(self) -> None:
        self.replies: list[Reply] = []
        self.received: list[Received] = []
        self.url = ""

    def reply(self, body: Any = None, **how: Any) -> None:
        self.replies.append(Reply(body, **how))

    def stream(self, *steps: Step, **how: Any) -> None:
        self.replies.append(Reply(steps=steps, **how))

    def chat_stream(self, *steps: Step) -> None:
        self.stream(*steps, "[DONE]")

    def next_reply(self) -> Reply:
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


class _QuietServer(ThreadingHTTPServer):
    """Clients that go away are part of the tests."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def running() -> Iterator[Server]:
    script = Server()
    http = _QuietServer(("127.0.0.1", 0), _handler(script))
    script.url = f"http://127.0.0.1:{http.server_port}/v1"
    thread = threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield script
    finally:
        http.shutdown()
        http.server_close()
        thread.join()


def _handler(script: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers.get("content-length", 0)))
            try:
                body = json.loads(content)
            except ValueError:
                body = content
            script.received.append(Received(self.path, dict(self.headers.items()), body))
            reply = script.next_reply()
            try:
                self._answer(reply)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        do_GET = do_POST

        def _answer(self, reply: Reply) -> None:
            self.send_response(reply.status)
            kind = "application/json" if reply.steps is None else "text/event-stream"
            headers = {"content-type": kind, **reply.headers}
            for name, value in headers.items():
                self.send_header(name, value)
            if reply.steps is None:
                content = json.dumps(reply.body).encode()
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
                return
            self.send_header("transfer-encoding", "chunked")
            self.end_headers()
            for step in reply.steps:
                if callable(step):
                    step()
                    continue
                self._chunk(_event(step))
            if reply.cut:
                self.close_connection = True
            else:
                self._chunk(b"")

        def _chunk(self, content: bytes) -> None:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(content), content))
            self.wfile.flush()

        def log_message(self, *_: object) -> None:
            pass

    return Handler


def _event(step: Any) -> bytes:
    if isinstance(step, bytes):
        return step
    if isinstance(step, str):
        return f"data: {step}\n\n".encode()
    name = f"event: {step['type']}\n" if "type" in step else ""
    return f"{name}data: {json.dumps(step)}\n\n".encode()
