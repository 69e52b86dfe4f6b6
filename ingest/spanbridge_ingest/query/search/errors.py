"""What is said about a filter that cannot be read: what, where, and what would be accepted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from spanbridge_ingest.query.errors import BadQueryError

_BEFORE: Final = 60
_AFTER: Final = 30
_CUT: Final = "... "


class Misplaced(Exception):
    """Something that cannot stand where it does; becomes a FilterError beside its text."""

    def __init__(self, problem: str, position: int, accepted: Sequence[str] = ()) -> None:
        super().__init__(problem)
        self.problem = problem
        self.position = position
        self.accepted = accepted

    def within(self, text: str) -> FilterError:
        """The error to show."""
        return FilterError(self.problem, text, self.position, self.accepted)


class FilterError(BadQueryError):
    """A filter or an order that cannot be read.

    The message is what is wrong, the text around the place, and a caret below it; the hint is
    what would be accepted.

    Args:
        problem: what is wrong, in one line.
        text: the whole text.
        position: where in it, counted in characters from 0.
        accepted: what could stand there instead.
    """

    def __init__(
        self, problem: str, text: str, position: int, accepted: Sequence[str] = ()
    ) -> None:
        self.problem = problem
        self.position = position
        hint = f"accepted: {', '.join(accepted)}" if accepted else ""
        super().__init__(f"{problem}\n{_pointed(text, position)}", hint)


def _pointed(text: str, position: int) -> str:
    begin = max(position - _BEFORE, 0)
    shown = "".join(c if c.isprintable() else " " for c in text[begin : position + _AFTER])
    before, after = (_CUT if begin else ""), (" ..." if position + _AFTER < len(text) else "")
    return f"{before}{shown}{after}\n{' ' * (len(before) + position - begin)}^"
