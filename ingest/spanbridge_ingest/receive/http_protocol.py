"""HTTP/1.1 whose heads have an end."""

from __future__ import annotations

from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD_BYTES: Final = 128 << 10
"""A request's line and headers, and what stands between and after the pieces of its body."""


class BoundedProtocol(HttpToolsProtocol):
    """uvicorn's protocol, whose parser takes heads of any length and keeps all of them."""

    _not_body = 0

    def data_received(self, data: bytes) -> None:
        """Parse what came, and part with a client that sends nothing but head."""
        self._not_body += len(data)
        super().data_received(data)
        if self._not_body > MAX_HEAD_BYTES and not self.transport.is_closing():
            self.send_400_response(f"The head is larger than {MAX_HEAD_BYTES} bytes.")

    def on_body(self, body: bytes) -> None:
        """Take a piece of a body."""
        self._not_body = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Take the end of a request."""
        self._not_body = 0
        super().on_message_complete()
