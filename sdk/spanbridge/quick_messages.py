"""Reading messages while the application waits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import orjson

from spanbridge_semconv.messages.jsontext import decode, python_literals


@contextmanager
def quickly() -> Iterator[None]:
    """Inside, texts of JSON in messages are read fast, and what Python prints is left as text."""
    literals, reader = python_literals.set(False), decode.set(orjson.loads)
    try:
        yield
    finally:
        decode.reset(reader)
        python_literals.reset(literals)
