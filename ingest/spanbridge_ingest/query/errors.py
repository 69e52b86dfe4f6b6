"""What a reader is told when a question cannot be answered.

QueryError
|-- BadQueryError     the question is malformed: ask another one (400)
|-- NotFoundError     there is no such trace (404)
`-- TooMuchError      the answer is larger than this interface gives (413)
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


class TooMuchError(QueryError):
    """The answer would be too large."""
