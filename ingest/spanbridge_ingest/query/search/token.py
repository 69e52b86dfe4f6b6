"""Where a search goes on: opaque to clients, bound to its question, checked when it comes back."""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from typing import Any, Final

import orjson

from spanbridge_ingest.query.errors import BadQueryError
from spanbridge_ingest.query.search.order import Key

_DIGEST: Final = 12
_MAX_CHARS: Final = 100_000
_HINT: Final = "pass next_page_token of the page before, unchanged, with the same question"


@dataclass(frozen=True, slots=True)
class Place:
    """The last result of a page.

    Attributes:
        keys: its values of the fields that are sorted by.
        began: its start, ns since the epoch.
        name: its trace id, or the session's id.
        arrived_ms: when the first page was asked for; what arrived later is on no page.
    """

    keys: tuple[Key, ...]
    began: int
    name: str
    arrived_ms: int


def encode(place: Place, question: object) -> str:
    """A page token."""
    plain = orjson.dumps([list(place.keys), place.began, place.name, place.arrived_ms])
    return base64.urlsafe_b64encode(_digest(plain, question) + plain).decode().rstrip("=")


def decode(text: str, question: object, keys: int) -> Place:
    """A place from a page token for the same question.

    Raises:
        BadQueryError: it is not one of ours, was changed, or is of another question.
    """
    try:
        if len(text) > _MAX_CHARS:
            raise ValueError(text)
        raw = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), b"-_", validate=True)
        digest, plain = raw[:_DIGEST], raw[_DIGEST:]
        if digest != _digest(plain, question):
            raise ValueError(text)
        given: list[Any] = orjson.loads(plain)
        place = Place(tuple(given[0]), int(given[1]), str(given[2]), int(given[3]))
    except (ValueError, binascii.Error, TypeError, IndexError):
        raise BadQueryError("the page token is not of this search", _HINT) from None
    if len(place.keys) != keys:
        raise BadQueryError("the page token is not of this search", _HINT)
    return place


def _digest(plain: bytes, question: object) -> bytes:
    asked = orjson.dumps(question, option=orjson.OPT_SORT_KEYS)
    return hashlib.blake2b(asked + b"\0" + plain, digest_size=_DIGEST).digest()
