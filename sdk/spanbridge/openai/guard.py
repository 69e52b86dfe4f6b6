"""The one place where failures of the instrumentation end: the application never sees them."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import Final, ParamSpec, TypeVar

_logger: Final = logging.getLogger("spanbridge")
_told: Final[set[tuple[str, str]]] = set()

P = ParamSpec("P")
T = TypeVar("T")


def guarded(step: Callable[P, T]) -> Callable[P, T | None]:
    """``step``, which returns None where it would raise. Each kind of failure is told once.

    Told is what failed and the type of the error; its message may quote content.
    """

    @functools.wraps(step)
    def attempt(*args: P.args, **kwargs: P.kwargs) -> T | None:
        try:
            return step(*args, **kwargs)
        except Exception as error:
            failure = (step.__qualname__, type(error).__name__)
            if failure not in _told:
                _told.add(failure)
                _logger.warning(
                    "A call of OpenAI is recorded in part or not at all: %s in %s. The call itself "
                    "is not affected. This is a fault of spanbridge; please report it.",
                    failure[1],
                    failure[0],
                )
            return None

    return attempt
