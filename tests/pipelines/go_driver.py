"""What the Go driver needs of a ClickHouse server and the front does not give it.

The driver asks for the ``Native`` format of a protocol revision (``client_protocol_version``), in
which blocks begin with a header and columns with a flag. The embedded engine writes revision 0
only. So a few small questions, which the driver asks before it inserts, are answered here in the
revision it wants; everything else, and all that is inserted, goes to the front as it came.
"""

from __future__ import annotations

import json
import threading
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from spanbridge_ingest.clickhouse_http.compression import encoder

_ASKED: Final = ("SELECT displayName()", "DESCRIBE TABLE", "DESC TABLE")
# Field 1: no overflow; field 2: bucket -1; no more fields.
_BLOCK_INFO: Final = b"\x01\x00\x02\xff\xff\xff\xff\x00"


def native(columns: list[dict[str, str]], rows: list[list[Any]]) -> bytes:
    """A block of texts and 32-bit numbers in revision 54454 and later."""
    out = _BLOCK_INFO + _number(len(columns)) + _number(len(rows))
    for place, column in enumerate(columns):
        # The flag: no serialization of its own.
        out += _text(column["name"]) + _text(column["type"]) + b"\x00"
        for row in rows:
            value = row[place]
            is_text = column["type"] == "String"
            out += _text(value) if is_text else int(value).to_bytes(4, "little")
    return out


def _text(text: str) -> bytes:
    data = text.encode()
    return _number(len(data)) + data


def _number(number: int) -> bytes:
    """As LEB128."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


@contextmanager
def understood(server: int) -> Iterator[tuple[int, list[str]]]:
    """A port that the driver can talk to, before the one of a front; and what was inserted into."""
    inserts: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body, path = self._body(), urllib.parse.urlsplit(self.path)
            parameters = dict(urllib.parse.parse_qsl(path.query))
            statement = parameters.get("query", "")
            if statement.startswith("INSERT"):
                inserts.append(statement)
            if not statement and body.decode().lstrip().startswith(_ASKED):
                status, answer = self._ask(body.decode(), parameters)
            else:
                status, answer = self._pass_on(self.path, body)
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def _body(self) -> bytes:
            if self.headers.get("Transfer-Encoding") != "chunked":
                return self.rfile.read(int(self.headers.get("Content-Length", 0)))
            whole = b""
            while size := int(self.rfile.readline(), 16):
                whole += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return whole

        def _ask(self, statement: str, parameters: dict[str, str]) -> tuple[int, bytes]:
            query = {"default_format": "JSONCompact", "database": parameters.get("database", "")}
            place = f"/?{urllib.parse.urlencode({k: v for k, v in query.items() if v})}"
            status, answer = self._pass_on(place, statement.encode())
            if status == 200:
                found = json.loads(answer)
                block = native(found["meta"], found["data"])
                packer = encoder("", native=parameters.get("compress") == "1")
                answer = packer.add(block) + packer.end()
            return status, answer

        def _pass_on(self, place: str, body: bytes) -> tuple[int, bytes]:
            connection = HTTPConnection("127.0.0.1", server, timeout=60)
            try:
                connection.request("POST", place, body)
                answer = connection.getresponse()
                return answer.status, answer.read()
            finally:
                connection.close()

        def log_message(self, format: str, *args: object) -> None:
            pass

    adapter = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=adapter.serve_forever)
    thread.start()
    try:
        yield adapter.server_port, inserts
    finally:
        adapter.shutdown()
        thread.join()
        adapter.server_close()
