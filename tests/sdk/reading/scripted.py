"""A server that answers what a test says, and keeps what it was asked."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple


class Asked(NamedTuple):
    method: str
    path: str
    body: Any
    headers: dict[str, str]


class Answer(NamedTuple):
    """An answer; ``drop`` closes the connection instead, without notice if there is a body."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    drop: bool = False


DROP = Answer(0, drop=True)
RESET = Answer(0, b"reset", drop=True)


def told(value: object, status: int = 200, **headers: str) -> Answer:
    """An answer in JSON."""
    named = tuple((key.replace("_", "-"), text) for key, text in headers.items())
    return Answer(
        status, json.dumps(value).encode(), (("content-type", "application/json"), *named)
    )


def refused(status: int, code: str, message: str, hint: str = "", **headers: str) -> Answer:
    """A refusal in the service's form."""
    error = {"code": code, "message": message, "hint": hint}
    return told({"error": error}, status, **headers)


class ScriptedService:
    """Answers in order; the last answer is repeated."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self._answers: deque[Answer] = deque()
        script = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _answer(self) -> None:
                length = int(self.headers.get("content-length") or 0)
                text = self.rfile.read(length)
                headers = {key.lower(): value for key, value in self.headers.items()}
                body = json.loads(text) if text else None
                script.asked.append(Asked(self.command, self.path, body, headers))
                answer = script.next()
                self.close_connection = answer.drop
                if answer.drop:
                    if answer.body:
                        no_notice = struct.pack("ii", 1, 0)
                        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, no_notice)
                        self.connection.close()
                    return
                self.send_response(answer.status)
                for key, value in answer.headers:
                    self.send_header(key, value)
                if answer.status != 204:
                    self.send_header("content-length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)

            do_GET = do_POST = do_PATCH = do_DELETE = _answer

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def uri(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def answers(self, *answers: Answer) -> None:
        """Say what to answer from now on."""
        self._answers = deque(answers)
        self.asked.clear()

    def next(self) -> Answer:
        return self._answers.popleft() if len(self._answers) > 1 else self._answers[0]

    def __enter__(self) -> ScriptedService:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
