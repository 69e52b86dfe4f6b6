"""What a reader is told when a question cannot be answered.

QueryError
|-- BadQueryError          the question is malformed: ask another one (400)
|-- ForbiddenError         this sender may not ask (403)
|-- NotFoundError          there is no such trace (404)
|-- ConflictError          what is there now does not allow it (409)
|-- TooMuchError           more than this interface gives or takes (413)
`-- UnsupportedMediaError  the body is not JSON (415)
"""

from __future__ import annotations

from spanbridge_ingest.errors import SpanbridgeError


class QueryError(SpanbridgeError):
    """A question that is not answered. ``hint`` says what to do instead."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class BadQueryError(QueryError):
    """A parameter is malformed."""


class NotFoundError(QueryError):
    """Nothing has this id."""


class ForbiddenError(QueryError):
    """A web page of another origin asks."""


class ConflictError(QueryError):
    """What is there now does not allow it."""


class TooMuchError(QueryError):
    """The answer or the body is too large."""


class UnsupportedMediaError(QueryError):
    """The body is of another type than is taken."""
